import type { Profile } from '../profile/tables.ts';
import { intervalAt, type Intervals } from './intervals.ts';
import { seededRandom } from './random.ts';

/** Weighted samples of one set of requests, and the episodes they fall into. */
export interface ShareSource {
  readonly sampleUs: Float64Array;
  readonly stackUs: Float64Array;
  /** What shares are of. */
  readonly wholeUs: number;
  readonly episodes: Intervals;
  /** The part of `wholeUs` in each episode. */
  readonly episodeUs: Float64Array;
}

/** Time per episode: of some subtrees, and of the whole. */
export interface EpisodeWeights {
  readonly episodes: number;
  readonly columns: number;
  /** Row by row: time of subtree `column` in `episode` at [episode * columns + column]. */
  readonly us: Float64Array;
  readonly wholeUs: Float64Array;
}

/** More episodes than this are pooled with their neighbours: the interval is the same and the work bounded. */
const maxEpisodes = 1000;

/**
 * Each episode's time below each of the given stacks. A sample reaches all of them among its callers through a chain that
 * skips the others, so that deep stacks cost nothing.
 */
export function episodeWeights(profile: Profile, source: ShareSource, chosen: readonly number[]): EpisodeWeights {
  const { stacks, samples } = profile;
  const all = source.episodes.length >> 1;
  const episodes = Math.min(all, maxEpisodes);
  const columns = chosen.length;
  const us = new Float64Array(episodes * columns);
  const columnOf = new Int32Array(stacks.length).fill(-1);
  for (const [column, stack] of chosen.entries()) columnOf[stack] = column;
  /** The nearest chosen stack at or above each one. */
  const nearest = new Int32Array(stacks.length).fill(-1);
  for (let stack = 0; stack < stacks.length; stack++) {
    nearest[stack] = (columnOf[stack] ?? -1) >= 0 ? stack : (nearest[stacks.parent[stack] ?? -1] ?? -1);
  }
  const pool = (episode: number): number => Math.min(episodes - 1, Math.floor((episode * episodes) / all));
  for (const [row, weight] of source.sampleUs.entries()) {
    if (weight === 0) continue;
    const episode = pool(intervalAt(source.episodes, samples.timeUs[row] ?? 0));
    for (let at = nearest[samples.stack[row] ?? 0] ?? -1; at >= 0; at = nearest[stacks.parent[at] ?? -1] ?? -1) {
      const cell = episode * columns + (columnOf[at] ?? 0);
      us[cell] = (us[cell] ?? 0) + weight;
    }
  }
  const wholeUs = new Float64Array(episodes);
  for (const [episode, part] of source.episodeUs.entries())
    wholeUs[pool(episode)] = (wholeUs[pool(episode)] ?? 0) + part;
  return { episodes, columns, us, wholeUs };
}

/**
 * 95 % percentile intervals of share_slow − share_typical for each column, from drawing whole episodes with replacement
 * (a block bootstrap: samples of one stall are not independent, stalls nearly are). Both sets are drawn anew each time.
 */
export function resampleDifference(
  slow: EpisodeWeights,
  typical: EpisodeWeights,
  { resamples, seed }: { readonly resamples: number; readonly seed: number },
): { low: Float64Array; high: Float64Array } {
  const random = seededRandom(seed);
  const drawn = Array.from({ length: slow.columns }, () => new Float64Array(resamples));
  for (let draw = 0; draw < resamples; draw++) {
    const a = drawShares(slow, random);
    const b = drawShares(typical, random);
    for (const [column, values] of drawn.entries()) values[draw] = (a[column] ?? 0) - (b[column] ?? 0);
  }
  for (const values of drawn) values.sort();
  const at = (share: number): Float64Array =>
    Float64Array.from(drawn, (values) => values[Math.round(share * (resamples - 1))] ?? Number.NaN);
  return { low: at(0.025), high: at(0.975) };
}

function drawShares({ episodes, columns, us, wholeUs }: EpisodeWeights, random: () => number): Float64Array {
  const shares = new Float64Array(columns);
  let whole = 0;
  for (let draw = 0; draw < episodes; draw++) {
    const episode = Math.floor(random() * episodes);
    whole += wholeUs[episode] ?? 0;
    const from = episode * columns;
    for (let column = 0; column < columns; column++) shares[column] = (shares[column] ?? 0) + (us[from + column] ?? 0);
  }
  return whole > 0 ? shares.map((weight) => weight / whole) : shares;
}
