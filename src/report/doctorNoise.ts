import type { Noise } from '../latency/noise.ts';
import { formatShare } from '../plan/units.ts';
import type { DoctorLine } from './doctorLine.ts';

/** The gate's margin: changes as small as this are to be judged. */
const wantedEffect = 0.05;
/** The number of pairs that the sentence speaks of: the gate's second look. */
const spokenPairs = 16;

/** What two measurements of the same thing differ by. */
export function noiseLine(quantile: 'p50' | 'p99', noise: Noise): DoctorLine {
  const common = { id: `noise-${quantile}`, label: `A/A noise of ${quantile}` };
  const effect = detectableIn(noise, spokenPairs);
  if (effect === null) {
    const meaning = 'Too few loads of the null server were answered to tell.';
    return { ...common, mark: 'limit', figure: '–', meaning };
  }
  const { difference, low, high, pairs } = noise;
  const interval = low === null || high === null ? '' : ` [${signed(low)}, ${signed(high)}]`;
  const smallest = noise.detectable
    .map(({ pairs: look, effect: found }) => `${formatShare(found)} in ${look}`)
    .join(', ');
  const figure = `${signed(difference)}${interval} over ${pairs} pairs; finds ${smallest} pairs`;
  if (isBiased(noise)) {
    const meaning = `Two halves of the same thing differ, which chance alone does once in 20 times: run it again, and trust no comparison here if it stays.`;
    return { ...common, mark: 'limit', figure, meaning };
  }
  const meaning = `A change of ${quantile} below ${formatShare(effect)} cannot be seen in ${spokenPairs} pairs.`;
  return { ...common, mark: effect <= wantedEffect ? 'good' : 'limit', figure, meaning };
}

/** The smallest change that so many pairs find; null where it is not known. */
export function detectableIn({ detectable }: Noise, pairs: number): number | null {
  return detectable.find((look) => look.pairs === pairs)?.effect ?? null;
}

/** Whether the interval of A against A leaves out zero. */
function isBiased({ low, high }: Noise): boolean {
  return low !== null && high !== null && (low > 0 || high < 0);
}

function signed(share: number | null): string {
  return `${share !== null && share > 0 ? '+' : ''}${formatShare(share)}`;
}
