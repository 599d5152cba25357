import type { JSX } from 'preact';
import { visible } from '../../src/plan/visible.ts';
import { collectorLines, overheadSentence } from '../../src/report/collectorWords.ts';
import type { RunInfo } from '../model/messages.ts';

/** What looked into the targets, what it lost and can't see, and what it cost them. */
export function WatchedBy({ manifest }: { readonly manifest: RunInfo['manifest'] }): JSX.Element | null {
  const { collectors, overhead, scenario } = manifest;
  if (collectors.length === 0) return null;
  return (
    <section class="notes">
      <h2>Watched by</h2>
      <p>
        {overhead ? (
          `${overheadSentence(overhead)} Measured ${visible(overhead.measuredAt.slice(0, 10), 10)}.`
        ) : (
          <>
            What watching costs was not measured here yet: <code>slowpath overhead {visible(scenario.name, 100)}</code>
          </>
        )}
      </p>
      <ul>
        {collectorLines(collectors).map((line) => (
          <li key={line}>{visible(line, 1500)}</li>
        ))}
      </ul>
    </section>
  );
}
