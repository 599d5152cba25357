import type { JSX } from 'preact';
import { isFew } from '../../src/latency/quantiles.ts';
import { formatUs } from '../../src/plan/units.ts';

/** Above a table with grey cells. */
export const fewNote = 'Grey: too few samples to tell, fewer than ten lie above it.';

interface QuantileCellProps {
  readonly us: number | null;
  /** Of how many; null where it is not known. */
  readonly count: number | null;
  /** 0…1. */
  readonly quantile: number;
}

/** A quantile in a table, grey where it is not earned. */
export function QuantileCell({ us, count, quantile }: QuantileCellProps): JSX.Element {
  if (!isFew(us, count, quantile)) return <td>{formatUs(us)}</td>;
  return (
    <td class="unearned" title="Fewer than ten samples lie above it: single events decide it.">
      {formatUs(us)}
    </td>
  );
}
