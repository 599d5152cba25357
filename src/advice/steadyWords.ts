import { formatUs } from '../plan/units.ts';
import type { Manifest } from '../run/model.ts';

/** Where the warm-up was really over, in one line; null if that can't be said, or the run can't be believed. */
export function steadyWords({
  steady,
  window,
  verdict,
}: Pick<Manifest, 'steady' | 'window' | 'verdict'>): string | null {
  if (!steady || !window || verdict?.valid !== true) return null;
  const { startUs, coldP50Us, steadyP50Us } = steady;
  if (startUs === null)
    return `No steady state: the median still changed in the second half (then ${formatUs(steadyP50Us)}).`;
  if (coldP50Us === null) return 'Steady from the first request on.';
  const medians = `median ${formatUs(coldP50Us)} before, ${formatUs(steadyP50Us)} after`;
  const warmedUs = startUs - window.warmupStartUs;
  const lateUs = startUs - window.startUs;
  return lateUs > 0
    ? `Warm after ${formatUs(warmedUs)}, ${formatUs(lateUs)} into the measured time (${medians}): the warm-up was too short.`
    : `Warm after ${formatUs(warmedUs)}, within the warm-up (${medians}).`;
}
