import type { Gap } from '../gaps.ts';
import type { LatencySummary } from '../latency/summary.ts';
import { summarize } from '../latency/histogram.ts';
import { findSteadyState, type SlotMedians } from '../latency/steadyState.ts';
import { isEven, type Load } from '../plan/scenario.ts';
import { grpcStatusName } from './drivers/grpc/status.ts';
import { errorInWords } from './errorWords.ts';
import { noPauses, type Pauses } from './health.ts';
import { Outcome, type LoadCounts, type LoadResult, type MeasuredWindow, type ProcessHealth } from './result.ts';
import type { Sampling } from './rowStore.ts';
import type { SessionFacts } from './sessionFacts.ts';
import { addCounts, addTotals, type LoadTotals } from './totals.ts';
import { isCutTooEarly, judge, workShare } from './verdict.ts';

/** Times are fractions of this: a whole window can come out a hair shorter than planned. */
const clockGrainUs = 1;

/** A load that is over, in as many processes as it was offered from. */
export interface LoadFacts {
  readonly load: Load;
  readonly floorUs: number | null;
  /** At least one. */
  readonly sessions: readonly SessionFacts[];
  /** How each process ended that did not come to its end; its requests are lost. */
  readonly lost: readonly string[];
  /** Of `requests.parquet`. */
  readonly sampling: Sampling | null;
  /** Of response time; null if there are too few requests. */
  readonly medians: SlotMedians | null;
  readonly files: readonly string[];
  readonly cancelled: boolean;
}

/**
 * What the sessions measured together. Counts and histograms add up; of the generator's own faults the worst process' decide, for its
 * requests are as much a part of the figures as the others'.
 */
export function newLoadResult(facts: LoadFacts): LoadResult {
  const { load, sessions, cancelled } = facts;
  const totals = addTotals(sessions.map(({ recorded, errorCodes }) => ({ totals: recorded.totals, errorCodes })));
  const counts = countsOf(load, totals, addCounts(sessions.map(({ byProtocol }) => byProtocol)));
  const window = commonWindow(sessions);
  const windowUs = window.endUs - window.startUs;
  const perSecond = (requests: number): number => (windowUs > 0 ? requests / (windowUs / 1e6) : 0);
  const answered = outcome(totals.outcomes, Outcome.ok) + outcome(totals.outcomes, Outcome.badStatus);
  const unfinished = outcome(totals.outcomes, Outcome.unsent) + outcome(totals.outcomes, Outcome.inFlight);
  // What the warm-up left to be answered makes up for what the window leaves; but not where it is long against what was cut short.
  const isWhole = windowUs >= load.durationUs - clockGrainUs;
  const closedLoop = load.arrivals.model === 'closed';
  const healths = sessions.map(healthOf);
  const known = sessions.flatMap(({ health }) => (health ? [health] : []));
  const verdict = judge({
    closedLoop,
    connections: load.connections,
    warmupUs: load.warmupUs,
    windowUs,
    cancelled,
    lost: facts.lost,
    due: totals.due,
    finished: isWhole ? totals.finishedInWindow : totals.due - unfinished,
    answered,
    topError: topError(counts),
    response: totals.response,
    service: totals.service,
    pacingLag: latest(sessions.map(({ recorded }) => summarize(recorded.totals.pacingLag))),
    connectionWait: totals.connectionWait,
    dropped: sessions.reduce((sum, { dropped }) => sum + dropped, 0) + totals.refused,
    cpuShare: Math.max(...healths.map(({ cpuShare }) => cpuShare)),
    gc: longest(known.map(({ gc }) => gc)),
    stalls: longest(known.map(({ stalls }) => stalls)),
    throttledPeriods: largest(known.map(({ throttledPeriods }) => throttledPeriods)),
    stealShare: largest(known.map(({ stealShare }) => stealShare)),
    floorUs: facts.floorUs,
  });
  return {
    window,
    verdict: load.processes === 1 ? verdict : { ...verdict, health: { ...verdict.health, processes: healths } },
    counts,
    ratePerSecond: isCutTooEarly({ cancelled, due: totals.due })
      ? { offered: null, achieved: null }
      : {
          offered: closedLoop ? null : perSecond(totals.due),
          achieved: perSecond(isWhole ? totals.answeredInWindow : answered),
        },
    latencyUs: { response: totals.response, service: totals.service, sendLag: totals.sendLag },
    meanUs: totals.meanUs,
    // Where the load changes by plan, so does the median.
    steady: facts.medians && isEven(load.arrivals) ? findSteadyState(facts.medians) : null,
    files: facts.files,
    gaps: gapsOf(facts),
    cancelled,
  };
}

/** They begin together; cancelled ones end a moment apart. */
export function commonWindow(sessions: readonly SessionFacts[]): MeasuredWindow {
  const [first, ...others] = sessions.map(({ window }) => window);
  const window = first ?? { warmupStartUs: 0, startUs: 0, endUs: 0 };
  return others.reduce(
    (all, { warmupStartUs, startUs, endUs }) => ({
      warmupStartUs: Math.min(all.warmupStartUs, warmupStartUs),
      startUs: Math.max(all.startUs, startUs),
      endUs: Math.max(all.endUs, endUs),
    }),
    window,
  );
}

function healthOf({ recorded, health, spunUs }: SessionFacts): ProcessHealth {
  return {
    requests: recorded.totals.due,
    cpuShare: health ? workShare(health.cpuUs - spunUs, health.windowUs) : 0,
    sendLagP99Us: summarize(recorded.totals.pacingLag).p99,
    gcPauseMaxUs: health?.gc.maxUs ?? 0,
    stallMaxUs: health?.stalls.maxUs ?? 0,
  };
}

/** Of the process whose own lateness is worst. */
function latest(lags: readonly LatencySummary[]): LatencySummary {
  return lags.reduce((worst, lag) => ((lag.p99 ?? -1) > (worst.p99 ?? -1) ? lag : worst));
}

function longest(pauses: readonly Pauses[]): Pauses {
  return pauses.reduce((worst, each) => (each.totalUs > worst.totalUs ? each : worst), noPauses());
}

/** null where none is known. */
function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function outcome(outcomes: readonly number[], which: Outcome): number {
  return outcomes[which] ?? 0;
}

function countsOf(load: Load, totals: LoadTotals, byProtocol: Readonly<Record<string, number>>): LoadCounts {
  const { outcomes, byStatus, byError } = totals;
  const ok = outcome(outcomes, Outcome.ok);
  const errors = outcome(outcomes, Outcome.badStatus) + outcome(outcomes, Outcome.connectionError);
  const timeouts = outcome(outcomes, Outcome.timeout);
  const inFlight = outcome(outcomes, Outcome.inFlight);
  return {
    sent: ok + errors + timeouts + inFlight,
    ok,
    errors,
    timeouts,
    unsent: outcome(outcomes, Outcome.unsent),
    inFlight,
    byStatus: namedStatuses(byStatus, load.protocol),
    byProtocol,
    byError,
  };
}

/** HTTP's statuses as numbers, gRPC's by name; other protocols have none. */
function namedStatuses(byStatus: Readonly<Record<string, number>>, protocol: Load['protocol']): Record<string, number> {
  if (protocol === 'grpc') {
    return Object.fromEntries(Object.entries(byStatus).map(([code, count]) => [grpcStatusName(Number(code)), count]));
  }
  return Object.fromEntries(Object.entries(byStatus).filter(([status]) => Number(status) > 0));
}

function topError({ byError, timeouts }: LoadCounts): string | null {
  const [top] = Object.entries(byError).sort(([, a], [, b]) => b - a);
  if (top && top[1] >= timeouts) return errorInWords(top[0]);
  return timeouts > 0 ? 'a time-out' : null;
}

function gapsOf({ sessions, floorUs, sampling }: LoadFacts): Gap[] {
  const gaps: Gap[] = [];
  const known = sessions.flatMap(({ health }) => (health ? [health] : []));
  if (known.length > 0 && known.every(({ throttledPeriods }) => throttledPeriods === null)) {
    gaps.push({ what: 'CPU throttling of the generator', why: 'no cgroup with a CPU controller was found' });
  }
  if (known.length > 0 && known.every(({ stealShare }) => stealShare === null)) {
    gaps.push({ what: 'CPU time stolen by the hypervisor', why: '/proc/stat is not there' });
  }
  if (known.length > 0 && floorUs === null) {
    gaps.push({ what: 'The floor (round trip to an empty server)', why: 'it could not be measured on this machine' });
  }
  for (const [code, count] of Object.entries(addCounts(sessions.map(({ openErrors }) => openErrors)))) {
    gaps.push({ what: 'Connections opened ahead of need', why: `${count} attempts failed with ${code}` });
  }
  const abandoned = sessions.reduce((sum, each) => sum + each.abandoned, 0);
  if (abandoned > 0) {
    gaps.push({
      what: 'Warm-up',
      why: `${abandoned} of its requests were still queued when measuring began and were let go`,
    });
  }
  if (sampling) gaps.push(samplingGap(sampling));
  return gaps;
}

function samplingGap({ total, slowest, rest, restKept }: Sampling): Gap {
  const share = ((slowest / total) * 100).toFixed(2);
  return {
    what: 'Requests one by one',
    why: `of ${total} requests the table keeps the slowest ${slowest} (${share} %) and a random sample of ${restKept} of the other ${rest}; all of them are in the histograms`,
  };
}
