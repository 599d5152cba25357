import type { Arrivals, Load } from '../plan/scenario.ts';

/** The part of a load that one of several generator processes offers. */
export interface Share {
  /** From 0. */
  readonly index: number;
  /** How many processes there are. */
  readonly count: number;
}

export const wholeLoad: Share = { index: 0, count: 1 };

/**
 * Every `count`-th of a stream, from the `index`-th on. Each process draws the one stream of the whole load and keeps its own, so that
 * all of them together offer exactly what one process would: the same times, the same endpoints.
 */
export function dealt<T>(next: () => T, { index, count }: Share): () => T {
  if (count === 1) return next;
  let skip = index;
  return () => {
    for (; skip > 0; skip--) next();
    skip = count - 1;
    return next();
  };
}

/**
 * What one process opens and, in the closed model, how many users it plays: connections as evenly as they go, users in proportion to
 * them, so that none has more users than its connections carry. Rates stay those of the whole load: see `dealt`.
 */
export function shareOf(load: Load, share: Share): Load {
  if (share.count === 1) return load;
  const from = firstConnection(load, share);
  const to = firstConnection(load, { ...share, index: share.index + 1 });
  return { ...load, connections: to - from, arrivals: arrivalsOf(load, from, to) };
}

/** Ordinal of its first connection among those of the whole load. */
export function firstConnection({ connections }: Pick<Load, 'connections'>, { index, count }: Share): number {
  return Math.floor((connections * index) / count);
}

function arrivalsOf({ arrivals, connections }: Load, from: number, to: number): Arrivals {
  if (arrivals.model !== 'closed') return arrivals;
  const usersBefore = (connection: number): number => Math.floor((arrivals.concurrency * connection) / connections);
  return { ...arrivals, concurrency: usersBefore(to) - usersBefore(from) };
}

/** The process' own stream of a seed; the first one's is that of the whole load. */
export function shareSeed(seed: number, { index }: Share): number {
  return (seed + Math.imul(index, 0x1f35_7a5d)) | 0;
}
