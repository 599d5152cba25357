/** What the findings about CPU time have in common: figures, wording of the evidence, score. */
import { formatShare, formatUs } from '../plan/units.ts';
import type { Evidence, Finding } from './finding.ts';
import { regexpPrefix, type Cause, type CauseKind } from './causes.ts';
import { knownOf } from './evidence.ts';
import { weigh, type Weighed } from './gate.ts';
import { placeOf, type Place } from './place.ts';
import {
  frameName,
  occurrencesOf,
  sharesOf,
  type Members,
  type Occurrences,
  type Shares,
  type StackTimes,
} from './stackTimes.ts';

/** A cause that passed the gate. */
export interface Measured {
  readonly times: StackTimes;
  readonly cause: Cause;
  readonly place: Place;
  readonly shares: Shares;
  readonly occurrences: Occurrences;
  readonly weighed: Weighed;
}

/** Causes of one kind that are worth telling, the greatest first; at most `most`. */
export function measuredCauses(evidence: Evidence, kind: CauseKind, most = 3): Measured[] {
  const { times, causes } = knownOf(evidence);
  const found: Measured[] = [];
  if (!times || !causes) return found;
  for (const cause of causes) {
    if (cause.kind !== kind) continue;
    const shares = sharesOf(times, cause.members);
    const occurrences = lazily(() => occurrencesOf(times, cause.members));
    const weighed = weigh(shares, occurrences, canBeSteady(times, cause));
    if (!weighed) continue;
    const place = placeOf(evidence, times, cause.frame);
    found.push({ times, cause, place, shares, occurrences: occurrences(), weighed });
  }
  return found.sort((a, b) => excessOf(b.shares) - excessOf(a.shares) || b.shares.cpu - a.shares.cpu).slice(0, most);
}

/** A line that uses a pattern may spend its time on anything: only the pattern's own frame proves a steady cost. */
function canBeSteady({ profile }: StackTimes, { kind, members }: Cause): boolean {
  if (kind !== 'regexp') return true;
  return [...members.keys()].some((stack) =>
    frameName(profile, profile.stacks.frame[stack] ?? 0).startsWith(regexpPrefix),
  );
}

export function measureMembers(
  times: StackTimes,
  members: Members,
): { shares: Shares; occurrences: () => Occurrences } {
  return { shares: sharesOf(times, members), occurrences: lazily(() => occurrencesOf(times, members)) };
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function excessOf({ slow, typical }: Shares): number {
  return slow - typical;
}

/** Figures that stand in every such finding. */
export function figuresOf(evidence: Evidence, measured: Omit<Measured, 'cause' | 'times'>): Finding['evidence'] {
  const { shares, occurrences, place } = measured;
  const blocker = evidence.analysis.tail?.blockers.find(
    ({ name, file }) => name === place.functionName && file === place.file,
  );
  return {
    function: place.functionName,
    tailShare: rounded(shares.slow),
    typicalShare: rounded(shares.typical),
    cpuShare: rounded(shares.cpu),
    episodes: occurrences.episodes,
    longestBlockUs: Math.round(occurrences.longestUs),
    longBlocks: occurrences.blocks,
    ...(blocker ? { victimsWaitedUs: Math.round(blocker.victimUs) } : {}),
  };
}

/** `86% of the slow requests’ time, up to 63 ms at a stretch` or, for a steady cost, `41% of all CPU time`. */
export function costText({
  shares,
  occurrences,
  weighed,
}: Pick<Measured, 'shares' | 'occurrences' | 'weighed'>): string {
  const longest = formatUs(occurrences.longestUs);
  switch (weighed.how) {
    case 'tail':
      return `${formatShare(shares.slow)} of the slow requests’ time, up to ${longest} at a stretch`;
    case 'blocks':
      return `${formatShare(shares.cpu)} of all CPU time, up to ${longest} at a stretch`;
    case 'steady':
      return `${formatShare(shares.cpu)} of all CPU time`;
  }
}

/** Sentences that say why the figures point here. */
export function whyText({
  shares,
  occurrences,
  weighed,
}: Pick<Measured, 'shares' | 'occurrences' | 'weighed'>): string {
  const { episodes, blocks } = occurrences;
  const few =
    episodes < 10 ? ' Fewer than ten episodes are an anecdote: run longer to be sure of its share in the tail.' : '';
  switch (weighed.how) {
    case 'tail':
      return `It ran during ${formatShare(shares.slow)} of the time the slow requests waited, but ${formatShare(shares.typical)} of the typical ones’, in ${episodes} separate ${episodes === 1 ? 'episode' : 'episodes'}.${few}`;
    case 'blocks':
      return `It held the loop for 5 ms or more ${blocks} times and took ${formatShare(shares.cpu)} of the CPU time; the very slowest requests of this run had another cause besides.`;
    case 'steady':
      return `It took ${formatShare(shares.cpu)} of the CPU time and ${formatShare(shares.wall)} of all time, evenly over slow and typical requests: it costs the median and the throughput more than the tail.`;
  }
}

/** Share in the slow requests' time beyond the typical ones', 0…1. */
export function scoreOf(shares: Pick<Shares, 'slow' | 'typical'>): number {
  return rounded(Math.max(0, shares.slow - shares.typical));
}

/** Four digits are more than any share is good for. */
export function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
