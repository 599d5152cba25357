import type { JSX } from 'preact';
import type { TimeRange } from '../../src/trace/analysis.ts';
import { formatClock } from '../format.ts';

const stepsS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

/** Round steps, at most about ten of them. */
export function TimeAxis({ extent, gutter }: { readonly extent: TimeRange; readonly gutter: number }): JSX.Element {
  const lengthS = (extent.endUs - extent.startUs) / 1e6;
  const step = stepsS.find((choice) => lengthS / choice <= 10) ?? lengthS / 10;
  const ticks = Array.from({ length: Math.floor(lengthS / step) + 1 }, (_, index) => index * step);
  return (
    <div class="time-axis" style={{ marginLeft: `${gutter}px` }} aria-hidden="true">
      {ticks.map((seconds) => (
        <span key={seconds} style={{ left: `${(seconds / lengthS) * 100}%` }}>
          {formatClock(seconds, step)}
        </span>
      ))}
    </div>
  );
}
