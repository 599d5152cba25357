import { arrangeTree, type StackTree } from '../profile/queries/callTree.ts';
import { totalsOf } from '../profile/queries/slice.ts';
import type { Profile } from '../profile/tables.ts';
import type { Run } from '../run/model.ts';
import type { Analysis } from './analysis.ts';
import { episodeWeights, resampleDifference, type ShareSource } from './resample.ts';
import { tailSamples, type TailMode } from './tailSamples.ts';
import { traceOf } from './tailAnalysis.ts';
import { requestSets } from './windows.ts';

/**
 * The tail flamegraph: call trees of the slow and of the typical requests' time over one set of nodes. A row's shares are
 * of the set's whole time in its mode (see TailMode), so both sides compare at any number of requests.
 */
export interface TailTrees {
  /** Rows for drawing; `selfUs`, `totalUs` and `startUs` are shares here (see TailWidths). `tree.stack` leads to the profile. */
  readonly tree: StackTree;
  /** One a row, subtree included, 0…1. */
  readonly slowShare: Float64Array;
  readonly typicalShare: Float64Array;
  /** slowShare − typicalShare. */
  readonly difference: Float64Array;
  /** 95 % interval of the difference from resampling whole episodes; NaN for rows of small difference. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly episodes: number;
  /** Fewer than ten episodes: what follows from them is an anecdote. */
  readonly anecdote: boolean;
  /** What the shares are of: µs of thread time, or victim-µs in the mode `blockers`. */
  readonly slowUs: number;
  readonly typicalUs: number;
}

/** What a row's width is: one set's share, or the mean of both, so that what only one of them has shows too. */
type TailWidths = 'slow' | 'typical' | 'equal';

export interface TailOptions {
  /** Default `equal`. Rows without width are left out. */
  readonly widths?: TailWidths;
  /** Default `union`. */
  readonly mode?: TailMode;
  /** Default 1. The same seed gives the same intervals. */
  readonly seed?: number;
  /** Default 200; 0 leaves the intervals out. */
  readonly resamples?: number;
}

/** Intervals are worked out for the rows of greatest difference. */
const maxIntervals = 100;
const minEpisodes = 10;

/** @returns null without a profile or without slow requests. */
export function tailTrees(run: Run, analysis: Analysis, options: TailOptions = {}): TailTrees | null {
  const { profile } = run;
  const sets = analysis.tail && requestSets(run.requests, analysis.range, analysis.tail.quantile);
  if (!profile || !sets) return null;
  const mode = options.mode ?? 'union';
  const slow = tailSamples(run, profile, traceOf(run), sets.slow, mode);
  const typical = tailSamples(run, profile, traceOf(run), sets.typical, mode);
  const slowTotal = totalsOf(profile, slow.stackUs);
  const typicalTotal = totalsOf(profile, typical.stackUs);
  const tree = commonTree(profile, slow, typical, options.widths ?? 'equal');
  const slowShare = Float64Array.from(tree.stack, (stack) => shareOf(slowTotal[stack], slow.wholeUs));
  const typicalShare = Float64Array.from(tree.stack, (stack) => shareOf(typicalTotal[stack], typical.wholeUs));
  const difference = slowShare.map((share, row) => share - (typicalShare[row] ?? 0));
  const low = new Float64Array(tree.length).fill(Number.NaN);
  const high = new Float64Array(tree.length).fill(Number.NaN);
  const resamples = options.resamples ?? 200;
  if (resamples > 0) {
    const rows = [...difference.keys()]
      .sort((a, b) => Math.abs(difference[b] ?? 0) - Math.abs(difference[a] ?? 0))
      .slice(0, maxIntervals);
    const stacks = rows.map((row) => tree.stack[row] ?? 0);
    const intervals = resampleDifference(
      episodeWeights(profile, slow, stacks),
      episodeWeights(profile, typical, stacks),
      { resamples, seed: options.seed ?? 1 },
    );
    for (const [index, row] of rows.entries()) {
      low[row] = intervals.low[index] ?? Number.NaN;
      high[row] = intervals.high[index] ?? Number.NaN;
    }
  }
  return {
    tree,
    slowShare,
    typicalShare,
    difference,
    low,
    high,
    episodes: analysis.tail.episodes,
    anecdote: analysis.tail.episodes < minEpisodes,
    slowUs: slow.wholeUs,
    typicalUs: typical.wholeUs,
  };
}

/** Rows for every stack with a width; widths add up from the leaves, as they are linear in both sets' self shares. */
function commonTree(profile: Profile, slow: ShareSource, typical: ShareSource, widths: TailWidths): StackTree {
  const { parent, frame } = profile.stacks;
  const ofSlow = widths === 'slow' ? 1 : widths === 'typical' ? 0 : 0.5;
  const selfUs = slow.stackUs.map(
    (us, stack) => ofSlow * shareOf(us, slow.wholeUs) + (1 - ofSlow) * shareOf(typical.stackUs[stack], typical.wholeUs),
  );
  return arrangeTree({ parent, frame, selfUs, totalUs: totalsOf(profile, selfUs) }, profile.stacks.length, false);
}

function shareOf(us: number | undefined, wholeUs: number): number {
  return wholeUs > 0 ? (us ?? 0) / wholeUs : 0;
}
