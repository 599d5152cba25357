import type { JSX } from 'preact';
import { FrameKind } from '../../src/profile/tables.ts';
import type { FlameLayout } from '../flame/layout.ts';
import type { FlameMode, FrameLabels } from '../model/messages.ts';
import { usePage } from '../page.ts';
import { tierNames } from './tiers.ts';

const kinds: readonly { readonly kind: number; readonly label: string }[] = [
  { kind: FrameKind.user, label: 'your code' },
  { kind: FrameKind.library, label: 'libraries' },
  { kind: FrameKind.runtime, label: 'runtime' },
  { kind: FrameKind.native, label: 'native' },
  { kind: FrameKind.gc, label: 'garbage collection' },
  { kind: FrameKind.kernel, label: 'kernel' },
];

/** Told apart when code is coloured by how it ran. */
const tierlessKinds: ReadonlySet<number> = new Set([FrameKind.gc, FrameKind.kernel, FrameKind.idle]);

/** What the colours mean, and which keys work. */
export function FlameLegend(props: {
  readonly mode: FlameMode;
  readonly labels: FrameLabels;
  readonly layout: FlameLayout;
  readonly byTier: boolean;
  /** Kinds that are drawn beside it, in the threads' lanes. */
  readonly beside: ReadonlySet<number>;
}): JSX.Element {
  const { layout, labels, byTier } = props;
  const { palette } = usePage();
  const present = new Set(props.beside);
  const tiers = new Set<number>();
  if (!layout.contrast) {
    for (const frame of layout.frame) {
      const tier = byTier ? (labels.tier[frame] ?? 0) : 0;
      if (tier > 0) tiers.add(tier);
      else if (byTier)
        present.add(tierlessKinds.has(labels.kind[frame] ?? 0) ? (labels.kind[frame] ?? 0) : FrameKind.native);
      else present.add(labels.kind[frame] ?? 0);
    }
  }
  return (
    <div class="flame-legend">
      {layout.contrast ? (
        <span class="scale">
          only typical
          {palette.difference.map((color) => (
            <i key={color} style={{ background: color }} />
          ))}
          only slow
        </span>
      ) : (
        <>
          {Object.entries(tierNames)
            .filter(([tier]) => tiers.has(Number(tier)))
            .map(([tier, label]) => (
              <span key={`tier${tier}`}>
                <i class={`kind tier-${tier}`} />
                {label}
              </span>
            ))}
          {kinds
            .filter(({ kind }) => present.has(kind))
            .map(({ kind, label }) => (
              <span key={kind}>
                <i class={`kind kind-${kind}`} />
                {label}
              </span>
            ))}
        </>
      )}
      <span class="spacer" />
      <span class="keys">
        <kbd>W</kbd> <kbd>A</kbd> <kbd>S</kbd> <kbd>D</kbd> zoom, pan · arrows walk · <kbd>Enter</kbd> source ·{' '}
        <kbd>0</kbd> all
      </span>
    </div>
  );
}
