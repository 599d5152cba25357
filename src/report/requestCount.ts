import { formatCount } from '../plan/units.ts';
import type { SetAnalysis } from '../trace/analysis.ts';

/** How many requests a set has: of a sample about how many, to three figures. */
export function requestCountText({ requests, standFor }: Pick<SetAnalysis, 'requests' | 'standFor'>): string {
  return standFor === null ? formatCount(requests) : `about ${formatCount(Number(standFor.toPrecision(3)))}`;
}
