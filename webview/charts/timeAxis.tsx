import type { JSX } from 'preact';
import type { TimeRange } from '../../src/trace/analysis.ts';
import { formatClock } from '../format.ts';

const stepsS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** Round steps, at most about ten of them. */
export function TimeAxis(props: {
  readonly extent: TimeRange;
  readonly gutter: number;
  /** What times are told from. Default: the start of the extent. */
  readonly originUs?: number;
}): JSX.Element {
  const { extent, gutter, originUs = extent.startUs } = props;
  const lengthS = (extent.endUs - extent.startUs) / 1e6;
  const fromS = (extent.startUs - originUs) / 1e6;
  const step = stepsS.find((choice) => lengthS / choice <= 10) ?? lengthS / 10;
  // Times come back from a division: a hair before a tick is the tick.
  const first = Math.ceil(fromS / step - 1e-6);
  const ticks = Array.from(
    { length: Math.floor((fromS + lengthS) / step + 1e-6) - first + 1 },
    (_, index) => (first + index) * step,
  );
  return (
    <div class="time-axis" style={{ marginLeft: `${gutter}px` }} aria-hidden="true">
      {ticks.map((seconds) => (
        <span key={seconds} style={{ left: `${((seconds - fromS) / lengthS) * 100}%` }}>
          {formatClock(seconds, step)}
        </span>
      ))}
    </div>
  );
}
