import { aggregateFunctions, type FunctionTimes } from '../profile/queries/functions.ts';
import { aggregateLines } from '../profile/queries/lines.ts';
import type { StackWeights } from '../profile/queries/slice.ts';
import { FrameKind, type Profile } from '../profile/tables.ts';
import type { FunctionRow, LineRow } from './analysis.ts';

/**
 * What every function cost in a selection, by self time. @param slow what of it lies in the slow requests' windows, null without any
 * @param typical the same of the typical ones
 */
export function functionRows(
  profile: Profile,
  all: StackWeights,
  slow: StackWeights | null,
  typical: StackWeights | null,
): FunctionRow[] {
  const { strings, frames } = profile;
  const times = aggregateFunctions(profile, all);
  const slowTimes = slow && aggregateFunctions(profile, slow);
  const typicalTimes = typical && aggregateFunctions(profile, typical);
  const shareIn = (weights: StackWeights | null, found: FunctionTimes | null, frame: number): number | null =>
    weights && found && threadTime(weights) > 0 ? (found.totalUs[frame] ?? 0) / threadTime(weights) : null;
  const rows: FunctionRow[] = [];
  for (let frame = 0; frame < frames.length; frame++) {
    const totalUs = times.totalUs[frame] ?? 0;
    const inTail = (slowTimes?.totalUs[frame] ?? 0) > 0;
    if (!(totalUs > 0 || inTail) || isBookkeeping(profile, frame)) continue;
    const selfUs = times.selfUs[frame] ?? 0;
    const file = strings[frames.file[frame] ?? -1] ?? null;
    rows.push({
      frame,
      name: strings[frames.name[frame] ?? -1] ?? '',
      file,
      // V8 gives builtins lines of sources that nobody can open.
      line: file === null ? 0 : (frames.line[frame] ?? 0),
      selfUs,
      totalUs,
      selfShare: all.cpuUs > 0 ? selfUs / all.cpuUs : 0,
      totalShare: all.cpuUs > 0 ? totalUs / all.cpuUs : 0,
      tailShare: shareIn(slow, slowTimes, frame),
      typicalShare: shareIn(typical, typicalTimes, frame),
    });
  }
  return rows.sort((a, b) => b.selfUs - a.selfUs || b.totalUs - a.totalUs);
}

/** The same of every line that was on top of a stack. */
export function lineRows(profile: Profile, all: StackWeights, slow: StackWeights | null): LineRow[] {
  const { strings, frames } = profile;
  const lines = aggregateLines(profile, all);
  const slowUs = new Map</* file and line */ number, number>();
  const keyOf = (file: number, line: number): number => file * 2 ** 26 + line;
  if (slow) {
    const slowLines = aggregateLines(profile, slow);
    for (let row = 0; row < slowLines.length; row++) {
      slowUs.set(keyOf(slowLines.file[row] ?? 0, slowLines.line[row] ?? 0), slowLines.selfUs[row] ?? 0);
    }
  }
  const slowTime = slow ? threadTime(slow) : 0;
  const rows: LineRow[] = [];
  for (let row = 0; row < lines.length; row++) {
    const file = lines.file[row] ?? -1;
    const line = lines.line[row] ?? 0;
    const selfUs = lines.selfUs[row] ?? 0;
    rows.push({
      file: strings[file] ?? '',
      line,
      selfUs,
      selfShare: all.cpuUs > 0 ? selfUs / all.cpuUs : 0,
      tailShare: slowTime > 0 ? (slowUs.get(keyOf(file, line)) ?? 0) / slowTime : null,
      frame: lines.frame[row] ?? -1,
      functionName: strings[frames.name[lines.frame[row] ?? -1] ?? -1] ?? '',
    });
  }
  return rows.sort((a, b) => b.selfUs - a.selfUs);
}

/** Time of the threads inside the windows, idle included. */
function threadTime({ cpuUs, idleUs }: StackWeights): number {
  return cpuUs + idleUs;
}

/** Idle is no CPU time, and every stack has a root. */
function isBookkeeping({ frames }: Profile, frame: number): boolean {
  return frames.kind[frame] === FrameKind.idle || frames.kind[frame] === FrameKind.root;
}
