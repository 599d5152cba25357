import type { JSX } from 'preact';
import { formatShare } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import { Button } from '../components/controls.tsx';
import type { FlameLayout } from '../flame/layout.ts';
import type { FlameMode, FrameLabels, RangeModel } from '../model/messages.ts';
import { isSource } from '../format.ts';
import { usePage } from '../page.ts';
import { Blockers } from './blockers.tsx';
import { BoxFacts } from './boxFacts.tsx';

/** Beside the flamegraph: what is selected, and in the tail what kept the slow requests waiting. */
export function FlameSide(props: {
  readonly mode: FlameMode;
  readonly labels: FrameLabels;
  readonly model: RangeModel | null;
  readonly selection: { readonly layout: FlameLayout; readonly box: number } | null;
  readonly onSandwich: (frame: number) => void;
}): JSX.Element | null {
  const { mode, labels, model, selection, onSandwich } = props;
  const { openSource, host } = usePage();
  const frame = selection ? (selection.layout.frame[selection.box] ?? -1) : -1;
  const file = frame >= 0 ? (labels.file[frame] ?? null) : null;
  const tail = model?.tail ?? null;
  const showsTail = mode === 'tail' && tail !== null;
  if (frame < 0 && !showsTail) return null;
  const row = model ? model.functions.frame.indexOf(frame) : -1;
  const share = (column: Float64Array): string => formatShare(column[row] ?? null);
  return (
    <aside class="flame-side" aria-label="Details">
      {selection && frame >= 0 && (
        <section class="details">
          <BoxFacts layout={selection.layout} labels={labels} box={selection.box} />
          {file !== null && <p class="path">{visible(file, 400)}</p>}
          {model && row >= 0 && (
            <table class="figures">
              <thead>
                <tr>
                  <th scope="col">Everywhere</th>
                  <th scope="col">self</th>
                  <th scope="col">total</th>
                  {model.tail && <th scope="col">slow</th>}
                </tr>
              </thead>
              <tbody>
                <tr>
                  <th scope="row">share</th>
                  <td>{share(model.functions.selfShare)}</td>
                  <td>{share(model.functions.totalShare)}</td>
                  {model.tail && (
                    <td>
                      {Number.isNaN(model.functions.tailShare[row] ?? NaN) ? '–' : share(model.functions.tailShare)}
                    </td>
                  )}
                </tr>
              </tbody>
            </table>
          )}
          <div class="actions">
            {file !== null && isSource(file) && (
              <Button
                quiet={false}
                onClick={() => openSource(file, labels.line[frame] ?? 1, labels.column[frame] ?? 1)}
              >
                Open source
              </Button>
            )}
            <Button onClick={() => onSandwich(frame)}>Callers and callees</Button>
            <Button onClick={() => host.post({ type: 'copy', text: labels.name[frame] ?? '' })}>Copy name</Button>
          </div>
        </section>
      )}
      {showsTail && <Blockers tail={tail} limit={10} />}
    </aside>
  );
}
