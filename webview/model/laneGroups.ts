/** Lanes by process, and how keys walk them. Pure. */
import type { ThreadInfo } from './messages.ts';

export interface LaneGroup {
  /** null where all threads are of one process: then it says nothing. */
  readonly process: string | null;
  /** Its lanes: from, and before which. */
  readonly from: number;
  readonly to: number;
}

/** Neighbouring lanes of one process together. @param lanes indices into `threads`. */
export function laneGroups(threads: readonly ThreadInfo[], lanes: Int32Array): LaneGroup[] {
  const processOf = (lane: number): string => threads[lanes[lane] ?? -1]?.process ?? '';
  const single = threads.every(({ process }) => process === threads[0]?.process);
  if (single) return [{ process: null, from: 0, to: lanes.length }];
  const groups: LaneGroup[] = [];
  for (let from = 0, to = 0; from < lanes.length; from = to) {
    do to++;
    while (to < lanes.length && processOf(to) === processOf(from));
    groups.push({ process: processOf(from) || 'unknown process', from, to });
  }
  return groups;
}

/** Where a key leads from a lane, itself for what chooses it; null for other keys. */
export function laneAfterKey(lanes: number, lane: number, key: string): number | null {
  const to = {
    ArrowDown: lane + 1,
    ArrowUp: lane - 1,
    Home: 0,
    End: lanes - 1,
    Enter: lane,
    ' ': lane,
  }[key];
  return to === undefined ? null : Math.min(lanes - 1, Math.max(0, to));
}
