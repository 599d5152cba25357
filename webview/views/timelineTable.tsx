import type { JSX } from 'preact';
import { formatRate, formatShare, formatUs } from '../../src/plan/units.ts';
import { FigureTable } from '../components/figureTable.tsx';
import { formatClock } from '../format.ts';
import type { Floor } from '../model/floor.ts';
import type { TimelineModel } from '../model/messages.ts';

/** The timeline's twin: one row a bucket. */
export function TimelineTable(props: {
  readonly timeline: TimelineModel;
  readonly trusted: boolean;
  readonly floors: readonly Floor[];
}): JSX.Element {
  const { timeline, trusted, floors } = props;
  const { bucketUs, extent } = timeline;
  const longest = (lane: TimelineModel['gc'], from: number): number => {
    let sum = 0;
    for (let row = 0; row < lane.length; row++) {
      const start = lane.startUs[row] ?? 0;
      if (start >= from && start < from + bucketUs) sum += lane.durationUs[row] ?? 0;
    }
    return sum;
  };
  const shown = (value: number | undefined, format: (value: number) => string): string =>
    value === undefined || Number.isNaN(value) ? '–' : format(value);
  return (
    <FigureTable
      columns={['From', 'Sent', 'Errors', 'p50', 'p99', 'GC', 'Stalls', 'CPU']}
      captions={floors.map(({ label }) => label)}
      tall
    >
      <tbody>
        {Array.from(timeline.sentPerSecond, (sent, bucket) => {
          const from = extent.startUs + bucket * bucketUs;
          return (
            <tr key={bucket}>
              <th scope="row">{formatClock((bucket * bucketUs) / 1e6, bucketUs / 1e6)}</th>
              <td>{formatRate(sent)}</td>
              <td>{formatRate(timeline.errorsPerSecond[bucket] ?? 0)}</td>
              <td>{shown(trusted ? timeline.p50Us[bucket] : NaN, formatUs)}</td>
              <td>{shown(trusted ? timeline.p99Us[bucket] : NaN, formatUs)}</td>
              <td>{formatUs(longest(timeline.gc, from))}</td>
              <td>{formatUs(longest(timeline.stalls, from))}</td>
              <td>{shown(timeline.cpuShare[bucket], formatShare)}</td>
            </tr>
          );
        })}
      </tbody>
    </FigureTable>
  );
}
