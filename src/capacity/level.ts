import type { Manifest, Run } from '../run/model.ts';
import type { SchedTable } from '../target/tables.ts';
import { tailLagLimitUs } from '../load/verdict.ts';
import type { LevelOutcome } from './search.ts';

/** One rate as it was measured. */
export interface Level {
  readonly ratePerSecond: number;
  /** Answers a second in the measured window. */
  readonly achieved: number | null;
  /** Response time from the intended time. */
  readonly latencyUs: {
    readonly p50: number | null;
    readonly p99: number | null;
    readonly 'p99.9': number | null;
  };
  /** Share of the requests due that got no good answer, 0…1. */
  readonly errors: number | null;
  readonly outcome: LevelOutcome;
  /** Why it isn't good: one sentence or objective each. */
  readonly reasons: readonly string[];
  /** The name of its run. */
  readonly run: string;
  readonly isRepeat: boolean;
  /** Cores that all targets together kept busy; null where the system doesn't tell. */
  readonly targetCores: number | null;
  /** Share of one core that the busiest thread of the targets used, 0…1. */
  readonly busiestThread: { readonly name: string; readonly share: number } | null;
  /** Share of one core that the generator used, 0…1. */
  readonly generatorShare: number | null;
  /** What an empty server took just before. */
  readonly floorUs: number | null;
  readonly objectives: readonly LevelObjective[];
}

/** An objective as this level met or missed it. */
interface LevelObjective {
  readonly expr: string;
  /** Of response time, 0…1; null: it is not about a quantile. */
  readonly quantile: number | null;
  /** null: it can't be told, or is no latency. */
  readonly boundUs: number | null;
  readonly pass: boolean;
}

/** Without objectives a level is good if fewer requests than this share fail and at least this share is answered in time. */
const mostErrors = 0.01;
const leastAchieved = 0.99;

/** What a finished run says about its rate. */
export function levelOf({ manifest, runtime }: Run, ratePerSecond: number, isRepeat: boolean): Level {
  const { summary, verdict, window } = manifest;
  const { outcome, reasons } = judgeLevel(manifest);
  const busy = window === null ? [] : busyThreads(runtime.sched, window.startUs, window.endUs);
  const busiest = busy.reduce<(typeof busy)[number] | null>(
    (most, each) => (most === null || each.share > most.share ? each : most),
    null,
  );
  const facts = busiest && runtime.threads[busiest.thread];
  const response = summary?.latencyUs.response;
  return {
    ratePerSecond,
    achieved: summary?.ratePerSecond.achieved ?? null,
    latencyUs: { p50: response?.p50 ?? null, p99: response?.p99 ?? null, 'p99.9': response?.['p99.9'] ?? null },
    errors: errorShare(manifest),
    outcome,
    reasons,
    run: manifest.id,
    isRepeat,
    targetCores: busy.length === 0 ? null : busy.reduce((sum, { share }) => sum + share, 0),
    busiestThread:
      busiest && facts
        ? { name: `${facts.target} / ${facts.name === '' ? facts.tid : facts.name}`, share: busiest.share }
        : null,
    generatorShare: verdict?.health.cpuShare ?? null,
    floorUs: verdict?.health.floorUs ?? null,
    objectives: (summary?.slo ?? []).map(({ expr, slo, bound, pass }) => {
      const quantile = slo.metric.kind === 'quantile' ? slo.metric.quantile : null;
      return { expr, quantile, boundUs: quantile === null ? null : bound, pass };
    }),
  };
}

/**
 * Whose limit a level shows. What makes a run invalid is the measurement's own trouble, but for answers that don't keep up with
 * the rate, requests that wait for a connection, and answers that never come: those are the service's.
 */
export function judgeLevel(manifest: Manifest): {
  readonly outcome: LevelOutcome;
  readonly reasons: readonly string[];
} {
  const { verdict, summary } = manifest;
  if (!verdict || !summary) return { outcome: 'generator', reasons: ['The run has no figures.'] };
  const own = verdict.reasons.filter(({ code }) => isMeasurements(code, manifest));
  const texts = verdict.reasons.map(({ text }) => text);
  if (own.length > 0) return { outcome: 'generator', reasons: own.map(({ text }) => text) };
  if (texts.length > 0) return { outcome: 'saturation', reasons: texts };
  const missed = summary.slo.filter(({ pass }) => !pass);
  if (missed.length > 0) return { outcome: 'slo', reasons: missed.map(({ expr }) => `${expr} was missed.`) };
  return summary.slo.length > 0 ? { outcome: 'good', reasons: [] } : judgeWithoutObjectives(manifest);
}

type Reason = NonNullable<Manifest['verdict']>['reasons'][number];

function isMeasurements(code: Reason['code'], { verdict, summary }: Manifest): boolean {
  if (code === 'RATE_MISSED') return false;
  if (code === 'NO_REQUESTS') return (summary?.requests.sent ?? 0) === 0;
  // The same code tells of the generator's own lateness and of the wait for a connection.
  if (code === 'SEND_LAG')
    return (verdict?.health.sendLagUs.p99 ?? 0) > tailLagLimitUs(summary?.latencyUs.service.p99 ?? null);
  return true;
}

function judgeWithoutObjectives(manifest: Manifest): ReturnType<typeof judgeLevel> {
  const { summary, window } = manifest;
  const reasons: string[] = [];
  if ((errorShare(manifest) ?? 1) >= mostErrors) reasons.push('1 % or more of the requests failed.');
  const offered = summary?.ratePerSecond.offered ?? 0;
  const seconds = window === null ? 0 : (window.endUs - window.startUs) / 1e6;
  // Those due last are rightly still under way when the window closes (Little: rate × median service time).
  const underWay = seconds > 0 ? (offered * ((summary?.latencyUs.service.p50 ?? 0) / 1e6)) / seconds : 0;
  if ((summary?.ratePerSecond.achieved ?? 0) + underWay < leastAchieved * offered)
    reasons.push('Fewer than 99 % of the offered requests were answered in time.');
  return { outcome: reasons.length === 0 ? 'good' : 'saturation', reasons };
}

function errorShare({ summary }: Manifest): number | null {
  if (!summary) return null;
  const { sent, unsent, errors, timeouts } = summary.requests;
  return sent + unsent === 0 ? null : (errors + timeouts + unsent) / (sent + unsent);
}

/** Share of one core each thread used, from the first and the last reading inside the window. */
function busyThreads(
  sched: SchedTable,
  startUs: number,
  endUs: number,
): { readonly thread: number; readonly share: number }[] {
  const spans = new Map</* thread */ number, { first: number; last: number }>();
  for (let row = 0; row < sched.length; row++) {
    const time = sched.timeUs[row] ?? NaN;
    if (!(time >= startUs && time <= endUs)) continue;
    const thread = sched.thread[row] ?? -1;
    const span = spans.get(thread);
    if (span) span.last = row;
    else spans.set(thread, { first: row, last: row });
  }
  return [...spans].flatMap(([thread, { first, last }]) => {
    const time = (sched.timeUs[last] ?? 0) - (sched.timeUs[first] ?? 0);
    return time > 0 ? [{ thread, share: ((sched.cpuUs[last] ?? 0) - (sched.cpuUs[first] ?? 0)) / time }] : [];
  });
}
