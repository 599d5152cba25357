import type { Level } from '../capacity/level.ts';
import { finalLevels, type SearchResult } from '../capacity/search.ts';
import { formatRate, formatShare } from '../plan/units.ts';

const limits = {
  slo: 'an objective was missed there',
  saturation: 'the service or its connections did not keep up there',
  generator: 'there the generator is the limit, not the service',
} as const;

/** The knee in one sentence, with its interval. */
export function kneeSentence({ knee, levels, cancelled }: SearchResult<Level>): string {
  const lowest = finalLevels(levels)[0];
  if (lowest === undefined) return 'Cancelled before a level was measured: the knee is not known.';
  const soFar = cancelled ? 'Cancelled. ' : '';
  if (knee === null) {
    const rate = formatRate(lowest.ratePerSecond);
    return lowest.outcome === 'generator'
      ? `${soFar}No level could be trusted: at ${rate} the generator is the limit, not the service.`
      : `${soFar}No knee: even the lowest rate, ${rate}, is too much; search from a lower rate.`;
  }
  const good = formatRate(knee.ratePerSecond);
  if (knee.limitedBy === 'range' || knee.firstBad === null) {
    return cancelled
      ? `${soFar}Every level up to ${good} is good.`
      : `The whole range is good, up to ${good}; search up to a higher rate.`;
  }
  const bad = formatRate(knee.firstBad);
  return knee.limitedBy === 'generator'
    ? `${soFar}The service still holds ${good}; ${bad} can't be told: ${limits.generator}.`
    : `${soFar}The knee is at ${good}: last good ${good}, first bad ${bad}; ${limits[knee.limitedBy]}.`;
}

/** A thread this busy has no room left; one this idle in the busiest place waits for something else than CPU. */
const fullShare = 0.9;
const idleShare = 0.5;

/** What was short where the service first failed, as far as its threads' CPU time tells; null if it doesn't. */
export function bottleneckSentence({ knee, levels }: SearchResult<Level>): string | null {
  const all = finalLevels(levels);
  const bad = all.find(({ outcome }) => outcome === 'slo' || outcome === 'saturation');
  if (!bad?.busiestThread || (knee !== null && knee.firstBad !== bad.ratePerSecond)) return null;
  const { name, share } = bad.busiestThread;
  const at = `At ${formatRate(bad.ratePerSecond)}`;
  if (share >= fullShare) return `${at} the thread ${name} used ${formatShare(share)} of a core: it has no room left.`;
  if (share >= idleShare) return null;
  return `${at} no thread of the targets used more than ${formatShare(share)} of a core: they waited for something else than their own CPU.`;
}

/** What had to be measured twice. */
export function repeatSentences({ levels }: SearchResult<Level>): string[] {
  return levels.flatMap((second, index) => {
    if (!second.isRepeat) return [];
    const first = levels.slice(0, index).findLast(({ ratePerSecond }) => ratePerSecond === second.ratePerSecond);
    if (first === undefined) return [];
    const why = first.outcome === 'generator' ? 'the generator spoilt it' : 'it was bad while a higher rate was good';
    const now = { good: 'good', slo: 'bad again', saturation: 'bad again', generator: 'not to be trusted' }[
      second.outcome
    ];
    return [`${formatRate(second.ratePerSecond)} was measured twice, for ${why}; the second time it was ${now}.`];
  });
}
