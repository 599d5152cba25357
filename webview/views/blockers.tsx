import type { JSX } from 'preact';
import { formatUs } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import { Section } from '../components/section.tsx';
import { SourceLink } from '../components/sourceLink.tsx';
import { formatPercent } from '../format.ts';
import type { TailSummary } from '../model/messages.ts';
import { usePage } from '../page.ts';

const shown = 6;

/** The functions that kept slow requests waiting, with how much of the typical ones' time they hold. */
export function Blockers({
  tail,
  limit = shown,
}: {
  readonly tail: TailSummary;
  readonly limit?: number;
}): JSX.Element {
  const { change } = usePage();
  const blockers = tail.blockers.slice(0, limit);
  const anecdote = tail.episodes < 10 ? ' Fewer than ten: an anecdote, not yet evidence.' : '';
  return (
    <Section
      id="blockers"
      title="What kept them waiting"
      note={
        <>
          Share of the waiting time, in {tail.episodes} {tail.episodes === 1 ? 'episode' : 'episodes'}.{anecdote}
        </>
      }
    >
      {blockers.length === 0 && <p class="empty">Nothing on the CPU stands out.</p>}
      {blockers.length > 0 && (
        <div class="blockers-head" aria-hidden="true">
          <span class="slow">slow</span>
          <span class="typical">typical</span>
        </div>
      )}
      <ol class="blockers">
        {blockers.map((blocker) => (
          <li
            key={`${blocker.frame}-${blocker.name}`}
            title={`${formatUs(blocker.victimUs)} of waiting, summed over requests`}
          >
            <div class="blocker-name">
              <button
                type="button"
                class="code"
                disabled={blocker.frame < 0}
                title="Show its callers and callees"
                onClick={() => change({ view: 'flamegraph', mode: 'sandwich', frame: blocker.frame })}
              >
                {visible(blocker.name, 120)}
              </button>
              <SourceLink file={blocker.file} line={blocker.line} />
            </div>
            <b>
              {formatPercent(blocker.slowShare)}
              <span class="visually-hidden"> of the slow requests’ waiting, </span>
            </b>
            <em>
              {formatPercent(blocker.typicalShare)}
              <span class="visually-hidden"> of the typical ones’</span>
            </em>
            <div class="track" aria-hidden="true">
              <i class="slow" style={{ width: percent(blocker.slowShare) }} />
              <i class="typical" style={{ left: percent(blocker.typicalShare) }} />
            </div>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function percent(share: number): string {
  return `${Math.min(100, Math.max(share * 100, 0.3)).toFixed(1)}%`;
}
