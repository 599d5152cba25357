import { aggregateLines } from '../profile/queries/lines.ts';
import { sliceWindows } from '../profile/queries/slice.ts';
import { FrameKind, tierName, type FrameTierName, type Profile } from '../profile/tables.ts';
import type { Run } from '../run/model.ts';
import type { Analysis, FunctionRow } from '../trace/analysis.ts';

/** A function worth looking at, with the line inside it that is hottest. Shares are 0…1. */
export interface HotSpot {
  readonly function: string;
  /** Absolute path, as the profile names it. */
  readonly file: string;
  /** 1-based; where the function starts if no line of it was on top; 0 unknown. */
  readonly line: number;
  readonly selfShare: number;
  readonly totalShare: number;
  /** Share of the slow requests' time during which it was on the stack; null where there is no tail to tell. */
  readonly tailShare: number | null;
  /** How it ran; the same function in another tier is a spot of its own. Null where the profile doesn't tell. */
  readonly tier: FrameTierName | null;
}

/** Below this a function is noise. */
const LEAST_SHARE = 0.005;

/**
 * The person's own and their libraries' functions in order of what they cost: CPU time of their own, or the slow requests'
 * waiting that is laid at their door (a function that calls a slow native one has hardly any time of its own).
 */
export function hotSpots({ profile }: Run, analysis: Analysis, most = 10): HotSpot[] {
  if (!profile) return [];
  const blamed = new Map(analysis.tail?.blockers.map((blocker) => [blocker.frame, blocker]));
  const hottest = hottestLines(profile, analysis);
  const costOf = (row: FunctionRow): number => Math.max(row.selfShare, blamed.get(row.frame)?.slowShare ?? 0);
  return analysis.functions
    .filter(({ frame }) => isSource(profile.frames.kind[frame]))
    .filter((row) => row.file !== null && costOf(row) >= LEAST_SHARE)
    .sort((a, b) => costOf(b) - costOf(a) || b.totalShare - a.totalShare)
    .slice(0, most)
    .map(({ frame, name, file, line, selfShare, totalShare, tailShare }) => {
      const inside = hottest.get(frame) ?? blamed.get(frame)?.line ?? 0;
      const tier = tierName(profile, frame);
      return { function: name, file: file ?? '', line: inside || line, selfShare, totalShare, tailShare, tier };
    });
}

function isSource(kind: number | undefined): boolean {
  return kind === FrameKind.user || kind === FrameKind.library;
}

/** The line of each frame that was on top of the stack longest. */
function hottestLines(profile: Profile, { range }: Analysis): ReadonlyMap</* frame */ number, number> {
  const lines = aggregateLines(
    profile,
    sliceWindows(profile, { windows: Float64Array.of(range.startUs, range.endUs) }),
  );
  const hottest = new Map<number, { readonly line: number; readonly selfUs: number }>();
  for (let row = 0; row < lines.length; row++) {
    const frame = lines.frame[row] ?? -1;
    const selfUs = lines.selfUs[row] ?? 0;
    if (selfUs > (hottest.get(frame)?.selfUs ?? 0)) hottest.set(frame, { line: lines.line[row] ?? 0, selfUs });
  }
  return new Map(Array.from(hottest, ([frame, { line }]) => [frame, line]));
}
