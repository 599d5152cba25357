/** What the two rules about garbage collection share. */
import { formatShare } from '../../plan/units.ts';
import type { Evidence, Finding } from '../finding.ts';
import { rounded } from '../cpuFinding.ts';
import { knownOf } from '../evidence.ts';
import { minTailExcess, minTailShare } from '../gate.ts';
import { mainAllocator, type PauseFigures } from '../pauses.ts';
import { atHottest, placeOf, type Place } from '../place.ts';

/**
 * Every service collects, and the requests caught by it are among its slowest: a pause counts once it is long by itself (2 ms in an
 * episode on average; the usual scavenge of a small heap takes half a millisecond) and repeats.
 */
const minPauseUs = 2000;
const minEpisodes = 3;

/** Or the service spends so much of all its time on it that every request pays. */
const minSteadyShare = 0.1;
/** Or long pauses come again and again, though the very slowest requests of this run had another cause. */
const often = { long: 5, share: 0.015 };

/** Null if they are not worth telling. */
export function weighPauses(figures: PauseFigures): Finding['severity'] | null {
  const { share, slowShare, typicalShare, episodes, perEpisodeUs, long } = figures;
  if (share >= minSteadyShare) return 'warning';
  const inTail = slowShare >= minTailShare && slowShare - typicalShare >= minTailExcess;
  if (inTail && episodes >= minEpisodes && perEpisodeUs >= minPauseUs) return 'warning';
  return long >= often.long && share >= often.share ? 'info' : null;
}

/** A function that ran before less than this share of the collections is not the cause, only the passer-by. */
const minAllocatorShare = 0.3;

/** Where the garbage comes from, as far as the profile tells. */
export function allocatingPlace(evidence: Evidence): { readonly place: Place; readonly share: number } | null {
  const { times } = knownOf(evidence);
  const allocator = times && mainAllocator(times);
  if (!allocator || allocator.share < minAllocatorShare) return null;
  return { place: atHottest(placeOf(evidence, times, allocator.frame), allocator.lines), share: allocator.share };
}

/** What the pauses took: of the slow requests' time where that is why they are told, else of all time. */
export function pausedText({ slowShare, share }: PauseFigures): string {
  return slowShare >= minTailShare
    ? `${formatShare(slowShare)} of the slow requests’ time`
    : `${formatShare(share)} of all time`;
}

export function pauseEvidence(evidence: Evidence, figures: PauseFigures): Finding['evidence'] {
  const { times } = knownOf(evidence);
  const { startUs, endUs } = evidence.analysis.range;
  return {
    ...(times && times.rangeCpuUs > 0
      ? { cpuShare: rounded(Math.min(1, (figures.share * (endUs - startUs)) / times.rangeCpuUs)) }
      : {}),
    pauseShare: rounded(figures.share),
    tailShare: rounded(figures.slowShare),
    typicalShare: rounded(figures.typicalShare),
    collections: figures.count,
    collectionsPerSecond: rounded(figures.perSecond),
    longPauses: figures.long,
    pauseMaxUs: Math.round(figures.maxUs),
    pausePerEpisodeUs: Math.round(figures.perEpisodeUs),
    episodes: figures.episodes,
  };
}
