import type { Manifest, Run } from '../run/model.ts';
import type { SchedTable } from '../target/tables.ts';

/** One run of a pair, watched or not. */
export interface Trial {
  /** The run's name. */
  readonly run: string;
  /** Answers a second in the measured window. */
  readonly achieved: number | null;
  /** CPU time of all targets for each answer, user and system; null where the system doesn't tell. */
  readonly cpuUs: number | null;
  /** Response time from the intended time. */
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  /** Why its figures are not to be trusted; empty if they are. */
  readonly reasons: readonly string[];
}

/** What a finished run says. */
export function trialOf({ manifest, runtime }: Run): Trial {
  const { summary, window } = manifest;
  const achieved = summary?.ratePerSecond.achieved ?? null;
  const answers = window === null || achieved === null ? 0 : (achieved * (window.endUs - window.startUs)) / 1e6;
  const cpu = window === null ? null : cpuTimeUs(runtime.sched, window.startUs, window.endUs);
  return {
    run: manifest.id,
    achieved,
    cpuUs: cpu === null || answers <= 0 ? null : cpu / answers,
    p50Us: summary?.latencyUs.response.p50 ?? null,
    p99Us: summary?.latencyUs.response.p99 ?? null,
    reasons: reasonsOf(manifest),
  };
}

function reasonsOf({ state, verdict }: Manifest): string[] {
  if (state !== 'complete' || verdict === null) return ['The run did not come to its end.'];
  return verdict.valid ? [] : verdict.reasons.map(({ text }) => text);
}

/**
 * CPU time of all threads between two moments: the growth of each one's cumulative reading, drawn straight between readings. Null if
 * no thread was read.
 */
export function cpuTimeUs(sched: SchedTable, startUs: number, endUs: number): number | null {
  const threads = new Map</* thread */ number, { atStart: number; atEnd: number; timeUs: number; cpuUs: number }>();
  for (let row = 0; row < sched.length; row++) {
    const thread = sched.thread[row] ?? -1;
    const timeUs = sched.timeUs[row] ?? Number.NaN;
    const cpuUs = sched.cpuUs[row] ?? Number.NaN;
    const last = threads.get(thread);
    if (!last) {
      threads.set(thread, { atStart: cpuUs, atEnd: cpuUs, timeUs, cpuUs });
      continue;
    }
    const at = (moment: number): number =>
      last.cpuUs + ((cpuUs - last.cpuUs) * (moment - last.timeUs)) / (timeUs - last.timeUs);
    if (timeUs <= startUs) last.atStart = cpuUs;
    else if (last.timeUs < startUs) last.atStart = at(startUs);
    if (timeUs <= endUs) last.atEnd = cpuUs;
    else if (last.timeUs < endUs) last.atEnd = at(endUs);
    last.timeUs = timeUs;
    last.cpuUs = cpuUs;
  }
  if (threads.size === 0) return null;
  // One that was first read after the window has grown by nothing inside it.
  return [...threads.values()].reduce((sum, { atStart, atEnd }) => sum + Math.max(0, atEnd - atStart), 0);
}
