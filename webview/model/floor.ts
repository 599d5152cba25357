/** The floor as the charts show it: what a server that does nothing takes on this machine. Pure. */
import { formatUs } from '../../src/plan/units.ts';
import type { Manifest } from '../../src/run/model.ts';

export interface Floor {
  /** Median round trip to an empty server, µs, by the same generator just before the load. */
  readonly us: number;
  readonly label: string;
}

/** Two floors that differ by less than this are drawn as one: they are measured anew before each run. */
const sameFloor = 1.1;
/** A floor this much below the lowest value would leave the chart half empty: it is named at the edge instead. */
const nearFloor = 10;

/** null where the run measured none. */
export function floorUsOf({ verdict }: Pick<Manifest, 'verdict'>): number | null {
  const us = verdict?.health.floorUs ?? null;
  return us !== null && us > 0 ? us : null;
}

/** Of one run: none or one. */
export function floorsOf(us: number | null): readonly Floor[] {
  return us === null ? [] : [{ us, label: `floor ${formatUs(us)}: an empty server here` }];
}

/** Of a baseline (A) and a run (B): one where they agree, the greater of the two. */
export function comparedFloors(beforeUs: number | null, afterUs: number | null): readonly Floor[] {
  if (beforeUs === null || afterUs === null) return floorsOf(afterUs ?? beforeUs);
  const [low, high] = beforeUs < afterUs ? [beforeUs, afterUs] : [afterUs, beforeUs];
  if (high <= low * sameFloor) return floorsOf(high);
  return [
    { us: beforeUs, label: `floor of A ${formatUs(beforeUs)}` },
    { us: afterUs, label: `floor of B ${formatUs(afterUs)}` },
  ];
}

/** Where a logarithmic axis begins: at the lowest value, or at a floor that is not far below it. */
export function lowestWithFloors(minUs: number, floors: readonly Floor[]): number {
  return floors.reduce((low, { us }) => (us >= minUs / nearFloor ? Math.min(low, us) : low), minUs);
}
