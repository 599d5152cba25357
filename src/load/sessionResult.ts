import type { Gap } from '../gaps.ts';
import type { Load } from '../plan/scenario.ts';
import { grpcStatusName } from './drivers/grpc/status.ts';
import type { HostHealth } from './health.ts';
import type { Recorded } from './recorderThread.ts';
import { Outcome, type LoadCounts, type LoadResult, type MeasuredWindow } from './result.ts';
import type { Sampling } from './rowStore.ts';
import { judge } from './verdict.ts';

/** Everything a session knows when it is over. */
export interface SessionFacts {
  readonly load: Load;
  readonly window: MeasuredWindow;
  readonly recorded: Recorded;
  /** null if measuring never began. */
  readonly health: HostHealth | null;
  readonly spunUs: number;
  readonly floorUs: number | null;
  readonly dropped: number;
  readonly errorCodes: readonly string[];
  /** Errors of lanes opened ahead of need, by code. */
  readonly openErrors: ReadonlyMap<string, number>;
  /** What only this protocol counts. */
  readonly byProtocol: Readonly<Record<string, number>>;
  /** Requests of the warm-up that were still queued when measuring began. */
  readonly abandoned: number;
  readonly cancelled: boolean;
}

const noPauses = { maxUs: 0, totalUs: 0 };

export function newLoadResult(facts: SessionFacts): LoadResult {
  const { load, window, health } = facts;
  const { summary } = facts.recorded;
  const counts = countsOf(facts);
  const windowUs = window.endUs - window.startUs;
  const perSecond = (requests: number): number => (windowUs > 0 ? requests / (windowUs / 1e6) : 0);
  const closedLoop = load.arrivals.model === 'closed';
  const verdict = judge({
    closedLoop,
    connections: load.connections,
    warmupUs: load.warmupUs,
    windowUs,
    cancelled: facts.cancelled,
    due: summary.due,
    finished: summary.finishedInWindow,
    answered: outcome(summary.outcomes, Outcome.ok) + outcome(summary.outcomes, Outcome.badStatus),
    topError: topError(counts),
    response: summary.response,
    service: summary.service,
    pacingLag: summary.pacingLag,
    connectionWait: summary.connectionWait,
    dropped: facts.dropped + summary.refused,
    cpuUs: health?.cpuUs ?? 0,
    spunUs: facts.spunUs,
    gc: health?.gc ?? noPauses,
    stalls: health?.stalls ?? noPauses,
    throttledPeriods: health?.throttledPeriods ?? null,
    stealShare: health?.stealShare ?? null,
    floorUs: facts.floorUs,
  });
  return {
    window,
    verdict,
    counts,
    ratePerSecond: {
      offered: closedLoop ? null : perSecond(summary.due),
      achieved: perSecond(summary.answeredInWindow),
    },
    latencyUs: { response: summary.response, service: summary.service, sendLag: summary.sendLag },
    meanUs: summary.meanUs,
    files: facts.recorded.files,
    gaps: gapsOf(facts),
    cancelled: facts.cancelled,
  };
}

function outcome(outcomes: readonly number[], which: Outcome): number {
  return outcomes[which] ?? 0;
}

function countsOf({ load, recorded, errorCodes, byProtocol }: SessionFacts): LoadCounts {
  const { outcomes, byStatus, byError } = recorded.summary;
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
    byError: Object.fromEntries(byError.map(([index, count]) => [errorCodes[index] ?? 'UNKNOWN', count])),
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
  if (top && top[1] >= timeouts) return top[0];
  return timeouts > 0 ? 'a time-out' : null;
}

function gapsOf({ health, floorUs, openErrors, abandoned, recorded }: SessionFacts): Gap[] {
  const gaps: Gap[] = [];
  if (health?.throttledPeriods === null) {
    gaps.push({ what: 'CPU throttling of the generator', why: 'no cgroup with a CPU controller was found' });
  }
  if (health?.stealShare === null) {
    gaps.push({ what: 'CPU time stolen by the hypervisor', why: '/proc/stat is not there' });
  }
  if (health && floorUs === null) {
    gaps.push({ what: 'The floor (round trip to an empty server)', why: 'it could not be measured on this machine' });
  }
  for (const [code, count] of openErrors) {
    gaps.push({ what: 'Connections opened ahead of need', why: `${count} attempts failed with ${code}` });
  }
  if (abandoned > 0) {
    gaps.push({
      what: 'Warm-up',
      why: `${abandoned} of its requests were still queued when measuring began and were let go`,
    });
  }
  if (recorded.sampling) gaps.push(samplingGap(recorded.sampling));
  return gaps;
}

function samplingGap({ total, slowest, rest, restKept }: Sampling): Gap {
  const share = ((slowest / total) * 100).toFixed(2);
  return {
    what: 'Requests one by one',
    why: `of ${total} requests the table keeps the slowest ${slowest} (${share} %) and a random sample of ${restKept} of the other ${rest}; all of them are in the histograms`,
  };
}
