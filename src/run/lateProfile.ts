import type { Gap } from '../gaps.ts';
import { formatUs } from '../plan/units.ts';

/** A profiler that starts this much of the window late is not worth a word. */
const LEAST_SHARE = 0.01;

/**
 * What a profile lacks whose collector was not ready when measuring began; null if it was, or as good as.
 *
 * @param lateUs from the beginning of the measured window to when samples were being taken.
 */
export function lateProfile(target: string, lateUs: number, windowUs: number): Gap | null {
  if (lateUs < windowUs * LEAST_SHARE) return null;
  const part = lateUs < windowUs ? `the first ${formatUs(lateUs)}` : 'the whole';
  return {
    what: `CPU profile of ${target} in ${part} of the measured window`,
    why: 'its collector took longer to begin than the warm-up lasted; write a longer "warmup", or free the machine of other work',
  };
}
