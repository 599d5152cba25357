/** What a heap kept over the range, told from garbage by what collections of the old generation left. */
import { formatUs } from '../plan/units.ts';
import type { Evidence } from './finding.ts';

export interface KeptHeap {
  readonly bytesPerSecond: number;
  /** Until the limit is reached, if it goes on so. */
  readonly secondsLeft: number;
}

/** V8's kind of a collection of the whole heap; what it leaves is alive. */
const markSweepCompact = 4;
/** Smaller changes come from what is in flight. */
const minKeptBytes = 32 * 1024 ** 2;
const minGrowth = 1.5;
/** Slower growth may be a cache that fills in time; a soak tells (drift of memory), one run does not. */
const mostSecondsLeft = 600;

/**
 * Of the thread whose heap will be full first: the least that was in use after its last full collection, against the least in the
 * first fifth of the range. Null if no full collection shows that the growth is no garbage, or if there is hardly any.
 */
export function keptHeap({ run, analysis }: Evidence): KeptHeap | null {
  const { gc, memory } = run.runtime;
  const limitOf = heapLimits(run);
  const { startUs, endUs } = analysis.range;
  const fifthUs = (endUs - startUs) / 5;
  const collectedUs = new Map</* thread */ number, number>();
  for (let row = 0; row < gc.length; row++) {
    const at = (gc.startUs[row] ?? 0) + (gc.durationUs[row] ?? 0);
    if (gc.kind[row] === markSweepCompact && at >= startUs + 2 * fifthUs && at < endUs)
      collectedUs.set(gc.thread[row] ?? -1, at);
  }
  let found: KeptHeap | null = null;
  for (const [thread, atUs] of collectedUs) {
    let [before, after, limit] = [Infinity, Infinity, 0];
    for (let row = 0; row < memory.length; row++) {
      const timeUs = memory.timeUs[row] ?? 0;
      if (memory.thread[row] !== thread || timeUs < startUs || timeUs >= endUs) continue;
      const used = memory.heapUsedBytes[row] ?? 0;
      if (timeUs < startUs + fifthUs) before = Math.min(before, used);
      if (timeUs >= atUs) after = Math.min(after, used);
      limit = limitOf(row);
    }
    if (!(limit > 0) || !Number.isFinite(after)) continue;
    if (after < minGrowth * before || after - before < minKeptBytes) continue;
    const bytesPerSecond = (after - before) / ((atUs - startUs) / 1e6);
    const secondsLeft = Math.max(0, limit - after) / bytesPerSecond;
    if (secondsLeft < (found?.secondsLeft ?? mostSecondsLeft)) found = { bytesPerSecond, secondsLeft };
  }
  return found;
}

/** As part of a sentence. */
export function untilFull({ secondsLeft }: KeptHeap): string {
  return `at its limit in about ${formatUs(Math.round(secondsLeft) * 1e6)} if it goes on so`;
}

/** What a row of the memory table allows its heap, in bytes; 0 unknown. */
export function heapLimits(run: Evidence['run']): (row: number) => number {
  const oldSpace = oldSpaceLimitBytes(run);
  return (row) => Math.min(run.runtime.memory.heapLimitBytes[row] ?? 0, oldSpace);
}

/** What V8 reports as its limit includes the nursery, which is the greater part of a small heap: a limit set by hand counts itself. */
function oldSpaceLimitBytes({ manifest }: Evidence['run']): number {
  const set = manifest.scenario.targets.flatMap((target) =>
    target.kind === 'launch' ? [...target.runtimeArgs, target.env['NODE_OPTIONS'] ?? ''] : [],
  );
  for (const text of set) {
    const flag = /--max-old-space-size[= ](\d{1,9})/.exec(text.replaceAll('_', '-'));
    if (flag) return Number(flag[1]) * 1024 ** 2;
  }
  return Number.POSITIVE_INFINITY;
}
