import type { FunctionRow, LineRow } from '../trace/analysis.ts';
import type { HeatLevel } from './names.ts';
import type { HeatMetric } from './settings.ts';

/** Lower bounds of the levels: absolute shares, so that the same colour means the same in every file and every run. */
const bounds: readonly (readonly [number, HeatLevel])[] = [
  [0.3, 5],
  [0.12, 4],
  [0.04, 3],
  [0.01, 2],
  [0.002, 1],
];

/** How hot a share of 0…1 is; null below what is worth a colour. */
export function heatLevel(share: number): HeatLevel | null {
  return bounds.find(([bound]) => share >= bound)?.[1] ?? null;
}

/** The share the head of a function is marked by: with all that it calls. */
export function headShare(row: FunctionRow, metric: HeatMetric): number {
  return metric === 'tail' ? (row.tailShare ?? row.totalShare) : row.totalShare;
}

/** The share a line is coloured by: of the slow requests' time, or of all CPU time where there is no tail. */
export function heatShare(line: LineRow, metric: HeatMetric): number {
  return metric === 'tail' ? (line.tailShare ?? line.selfShare) : line.selfShare;
}
