/** Functions of plain code that held the loop: the deepest ones that still hold most of it. */
import { FrameKind } from '../profile/tables.ts';
import type { Causes } from './causes.ts';
import { sharesOf, type Members, type Shares, type StackTimes } from './stackTimes.ts';

export interface Culprit {
  /** Index into profile.frames. */
  readonly frame: number;
  /** Stacks with the function on them, as far as they are plain code. */
  readonly members: Members;
  readonly shares: Shares;
  /** Weights of the lines that were on top: the function's own and, under its name, those of what it called. */
  readonly lines: ReadonlyMap</* line of the function itself */ number, number>;
  /** The functions it called, with the weights they were on top with; empty if it spent more in itself than in any of them. */
  readonly callees: ReadonlyMap</* frame */ number, number>;
}

/** Time of each stack that counts, and what it is a share of; µs. */
export interface Weighting {
  readonly stackUs: Float64Array;
  readonly wholeUs: number;
}

export interface Judge {
  /** Whether a function can take long by itself; one that can't is told under its callers. */
  readonly canTakeLong: (frame: number) => boolean;
  /** Whether a function calls another in a loop: then the loop takes long, and each call need not. */
  readonly loopsOver: (caller: number, callee: number) => boolean;
}

/** A callee with this much of a function's time is the better answer. */
const mostOfIt = 0.7;
const maxCandidates = 24;

/**
 * Functions of the person's own code (a library's where none of it ran) by inclusive plain time. A caller gives way to a callee that has 70 % of its
 * time, or to several that have so much together; else it covers its callees. So one cause is told once, where it is.
 * @param by what is divided among them: time in the slow windows, or all CPU time.
 * @param judge what the source says of the functions.
 * @param least share of it below which a function is no candidate.
 */
export function culpritsOf(times: StackTimes, causes: Causes, by: Weighting, least: number, judge: Judge): Culprit[] {
  const plain = new Map<number, number>();
  for (const { kind, members } of causes) {
    if (kind !== 'plain') continue;
    for (const [stack, part] of members) plain.set(stack, Math.min(1, (plain.get(stack) ?? 0) + part));
  }
  const found = candidates(times, plain, by, least).filter(({ frame }) => judge.canTakeLong(frame));
  const kept = new Set(found.map(({ frame }) => frame));
  const underneath = jointTimes(times, plain, by, kept);
  const totalOf = (frame: number): number => underneath.get(pairKey(frame, frame)) ?? 0;
  // Callees first: their callers are judged by what is left standing.
  const byDepth = [...found].sort((a, b) => totalOf(a.frame) - totalOf(b.frame));
  for (const { frame } of byDepth) {
    const below = [...kept].filter((other) => other !== frame && (underneath.get(pairKey(frame, other)) ?? 0) > 0);
    const independent = below.filter(
      (one) => !below.some((other) => other !== one && isCalleeOf(underneath, other, one)),
    );
    let covered = 0;
    for (const other of independent)
      if (!judge.loopsOver(frame, other)) covered += underneath.get(pairKey(frame, other)) ?? 0;
    if (covered >= mostOfIt * totalOf(frame)) kept.delete(frame);
    else for (const other of below) if (totalOf(other) <= totalOf(frame)) kept.delete(other);
  }
  return found.filter(({ frame }) => kept.has(frame));
}

function candidates(times: StackTimes, plain: Members, by: Weighting, least: number): Culprit[] {
  const inclusiveUs = new Map</* frame */ number, number>();
  const membersOf = new Map</* frame */ number, Map<number, number>>();
  for (const [stack, part] of plain) {
    if (!((by.stackUs[stack] ?? 0) > 0)) continue;
    for (const frame of ownFramesOn(times, stack))
      inclusiveUs.set(frame, (inclusiveUs.get(frame) ?? 0) + part * (by.stackUs[stack] ?? 0));
  }
  const chosen = [...inclusiveUs]
    .filter(([, us]) => us >= least * by.wholeUs && us > 0)
    .sort((a, b) => b[1] - a[1])
    .slice(0, maxCandidates)
    .map(([frame]) => frame);
  for (const frame of chosen) membersOf.set(frame, new Map());
  for (const [stack, part] of plain)
    for (const frame of ownFramesOn(times, stack)) membersOf.get(frame)?.set(stack, part);
  return chosen.map((frame) => {
    const members = membersOf.get(frame) ?? new Map<number, number>();
    return { frame, members, shares: sharesOf(times, members), ...linesIn(times, by, frame, members) };
  });
}

/** Distinct functions of the person's own on a stack; where nothing of theirs is, a library's timer say, those of libraries. */
function ownFramesOn({ profile }: StackTimes, stack: number): Set<number> {
  const { stacks, frames } = profile;
  const user = new Set<number>();
  const library = new Set<number>();
  for (let at = stack; at >= 0; at = stacks.parent[at] ?? -1) {
    const frame = stacks.frame[at] ?? 0;
    if (frames.kind[frame] === FrameKind.user) user.add(frame);
    else if (frames.kind[frame] === FrameKind.library) library.add(frame);
  }
  return user.size > 0 ? user : library;
}

/** Time with `other` called, however indirectly, by `frame`; with itself, all its time. */
function jointTimes(
  times: StackTimes,
  plain: Members,
  by: Weighting,
  candidates: ReadonlySet<number>,
): Map<number, number> {
  const joint = new Map<number, number>();
  for (const [stack, part] of plain) {
    const us = part * (by.stackUs[stack] ?? 0);
    if (!(us > 0)) continue;
    // From the leaf to the root: those before are called by those after.
    const path = [...ownFramesOn(times, stack)].filter((frame) => candidates.has(frame));
    for (const [depth, caller] of path.entries()) {
      for (const callee of path.slice(0, depth + 1)) {
        const key = pairKey(caller, callee);
        joint.set(key, (joint.get(key) ?? 0) + us);
      }
    }
  }
  return joint;
}

function pairKey(caller: number, callee: number): number {
  return caller * 2 ** 26 + callee;
}

function isCalleeOf(joint: ReadonlyMap<number, number>, caller: number, callee: number): boolean {
  const together = joint.get(pairKey(caller, callee)) ?? 0;
  return together >= mostOfIt * (joint.get(pairKey(callee, callee)) ?? 0) && together > 0;
}

function linesIn(
  times: StackTimes,
  by: Weighting,
  frame: number,
  members: Members,
): Pick<Culprit, 'lines' | 'callees'> {
  const { stacks } = times.profile;
  const lines = new Map<number, number>();
  const calleeUs = new Map<number, number>();
  let selfUs = 0;
  for (const [stack, part] of members) {
    const us = part * (by.stackUs[stack] ?? 0);
    if (!(us > 0)) continue;
    const own = times.owner[stack] ?? -1;
    const owner = stacks.frame[own] ?? -1;
    if (owner !== frame || stack !== own) {
      const callee = owner === frame ? (times.callee[stack] ?? -1) : owner;
      calleeUs.set(callee, (calleeUs.get(callee) ?? 0) + us);
      continue;
    }
    selfUs += us;
    const first = stacks.lineStart[stack] ?? 0;
    const end = stacks.lineStart[stack + 1] ?? 0;
    let ticks = 0;
    for (let row = first; row < end; row++) ticks += stacks.lineTicks[row] ?? 0;
    for (let row = first; row < end && ticks > 0; row++) {
      const line = stacks.lineNumber[row] ?? 0;
      lines.set(line, (lines.get(line) ?? 0) + (us * (stacks.lineTicks[row] ?? 0)) / ticks);
    }
  }
  const isCaller = [...calleeUs.values()].some((us) => us > selfUs);
  return { lines, callees: isCaller ? calleeUs : new Map<number, number>() };
}
