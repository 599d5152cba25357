/**
 * When a measured cost is worth a person's time. A clean service also has slowest requests, and something always ran in them: a
 * finding must stand out from the typical requests, repeat, and be long enough to be told from chance.
 */
import type { Finding } from './finding.ts';
import type { Occurrences, Shares } from './stackTimes.ts';

/**
 * Of the slow requests' time, and beyond its share of the typical ones'. In a clean service at moderate load the busiest
 * function comes to a few percent; the planted faults of test/fixtures/services/advice come to 40 % and more.
 */
export const minTailShare = 0.1;
export const minTailExcess = 0.1;

/** One or two episodes are an anecdote: shown only if long, and then as information. */
const minEpisodes = 3;
/** What held the loop this often in the whole run is no chance, though the very slowest requests belong to few of the times. */
const manyBlocks = 10;
const anecdoteShare = 0.3;
const anecdoteUs = 20_000;

/** Less than this in an episode is one or two samples of a 1 ms profile, which the slowest requests of any service hold. */
const minPerEpisodeUs = 1500;

/** What costs every request the same is no cause of the tail, but worth telling when it is most of the work. */
const steadyInfo = { cpu: 0.2, wall: 0.05 };
const steadyWarning = { cpu: 0.4, wall: 0.15 };

/** What holds the loop again and again is a risk, even where the very slowest requests of this run had another cause. */
const blocking = { cpu: 0.15, blocks: 5 };

export interface Weighed {
  readonly severity: Finding['severity'];
  /** It explains the tail; it holds the loop often, if not in the tail; or it costs all requests the same. */
  readonly how: 'tail' | 'blocks' | 'steady';
}

/** Null if it is not worth telling. `steady` costs count for things that could be done otherwise, not for plain work. */
export function weigh(shares: Shares, occurrences: () => Occurrences, steady: boolean): Weighed | null {
  const excess = shares.slow - shares.typical;
  if (shares.slow >= minTailShare && excess >= minTailExcess) {
    const { episodes, perEpisodeUs, longestRanUs, blocks } = occurrences();
    const repeats = episodes >= minEpisodes || (blocks >= manyBlocks && shares.slow >= anecdoteShare);
    if (repeats && perEpisodeUs >= minPerEpisodeUs) return { severity: 'warning', how: 'tail' };
    if (shares.slow >= anecdoteShare && longestRanUs >= anecdoteUs) return { severity: 'info', how: 'tail' };
  }
  const isSteady = (least: typeof steadyInfo): boolean =>
    steady && shares.cpu >= least.cpu && shares.wall >= least.wall;
  if (isSteady(steadyWarning)) return { severity: 'warning', how: 'steady' };
  if (shares.cpu >= blocking.cpu && occurrences().blocks >= blocking.blocks) return { severity: 'info', how: 'blocks' };
  return isSteady(steadyInfo) ? { severity: 'info', how: 'steady' } : null;
}
