import { summarizeSorted } from '../latency/quantiles.ts';
import type { Run } from '../run/model.ts';
import { clientRows, divideAlone, isAnswered, type ChainView } from './chainAlone.ts';
import { joinRequests } from './join.ts';

/** Where the time of a request goes that one service passes on to others. Times in µs. */
export interface Chain {
  /** Services in the order a request comes to them. */
  readonly hops: readonly ChainHop[];
  /** Answered requests of the measured window that found their server side. */
  readonly requests: number;
  /** Those of them beside which the first service served no other: only their time can be divided. */
  readonly alone: number;
  /** From sending to the answer, of those that were alone. Null if none was. */
  readonly wholeUs: ChainTimes | null;
  /** Their means add up to the whole's. */
  readonly parts: readonly ChainPart[];
}

export interface ChainHop {
  readonly target: string;
  /** Requests that it served for each request that the first service did. */
  readonly perRequest: number;
  /** From a request's beginning in the service to its answer, of all requests in the window. */
  readonly servedUs: ChainTimes;
}

export interface ChainTimes {
  /** Of how many, which says whether a quantile is earned. Null in what older releases recorded: they left out quantiles that weren't. */
  readonly count: number | null;
  /** Null without requests. */
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
}

/**
 * `outside`: before the first service and after it. `own`: in a service, but not in its calls to others. `call`: in such calls,
 * while no known service is at work on them.
 */
export interface ChainPart {
  readonly kind: 'outside' | 'own' | 'call';
  /** null outside. */
  readonly target: string | null;
  readonly us: ChainTimes;
  /** Of the whole's mean, 0…1. */
  readonly share: number;
}

const untraced = 'the times of HTTP/1.1 requests are recorded inside services on Node alone';

/**
 * How the services of a run share a request's time, from the times that the probes recorded in each; or why that can't be told, as
 * a sentence. Requests carry no mark from one service to the next, so a request's time is divided where the first service had
 * no other to serve meanwhile.
 */
export function chainOf(run: Run): Chain | string {
  const { scenario, window } = run.manifest;
  const names = scenario.targets.map(({ name }) => name);
  if (names.length < 2) return 'The scenario has one target; a chain takes two or more.';
  if (window === null) return 'The run has no measured window.';
  const { serverRequests, threads } = run.runtime;
  const targetOf = threads.map(({ target }) => names.indexOf(target));
  const clientRow = clientRows(joinRequests(run.requests, serverRequests), serverRequests.length);
  const served = names.map((): number[] => []);
  const answered = new Int32Array(names.length);
  for (let row = 0; row < serverRequests.length; row++) {
    const target = targetOf[serverRequests.thread[row] ?? -1] ?? -1;
    const startUs = serverRequests.startUs[row] ?? Number.NaN;
    if (startUs >= window.startUs && startUs < window.endUs)
      served[target]?.push((serverRequests.finishUs[row] ?? Number.NaN) - startUs);
    if (isAnswered(run, clientRow[row] ?? -1)) answered[target] = (answered[target] ?? 0) + 1;
  }
  const requests = Math.max(...answered);
  if (requests <= 0) return `No request of the load was seen inside a target; ${untraced}.`;
  if (served.filter(({ length }) => length > 0).length < 2)
    return `Only ${names[answered.indexOf(requests)] ?? ''} served requests: either it calls no other target, or those can't be seen into; ${untraced}.`;
  return assemble(run, names, served, requests, {
    targetOf,
    targets: names.length,
    first: answered.indexOf(requests),
    clientRow,
  });
}

function assemble(
  run: Run,
  names: readonly string[],
  served: readonly (readonly number[])[],
  requests: number,
  view: ChainView,
): Chain {
  const { wholeUs, outsideUs, partsUs, beganUs } = divideAlone(run, view);
  const beganAt = (target: number): number => {
    const at = beganUs[target] ?? Number.NaN;
    return Number.isNaN(at) ? Number.POSITIVE_INFINITY : at;
  };
  const order = names
    .flatMap((_, target) => ((served[target]?.length ?? 0) > 0 ? [target] : []))
    .sort((a, b) => Number(b === view.first) - Number(a === view.first) || beganAt(a) - beganAt(b) || a - b);
  const whole = timesOf(wholeUs);
  const part = (kind: ChainPart['kind'], target: number | null, us: Float64Array): ChainPart => {
    const times = timesOf(us);
    return {
      kind,
      target: target === null ? null : (names[target] ?? ''),
      us: times,
      share: (times.mean ?? 0) / (whole.mean ?? 1),
    };
  };
  const hopParts = (target: number): ChainPart[] => {
    const [own, call] = [partsUs[2 * target], partsUs[2 * target + 1]];
    return [
      ...(own ? [part('own', target, own)] : []),
      ...(call?.some((us) => us > 0) === true ? [part('call', target, call)] : []),
    ];
  };
  return {
    hops: order.map((target) => ({
      target: names[target] ?? '',
      perRequest: (served[target]?.length ?? 0) / (served[view.first]?.length ?? Number.NaN),
      servedUs: timesOf(Float64Array.from(served[target] ?? []).filter((us) => !Number.isNaN(us))),
    })),
    requests,
    alone: wholeUs.length,
    wholeUs: wholeUs.length === 0 ? null : whole,
    parts: wholeUs.length === 0 ? [] : [part('outside', null, outsideUs), ...order.flatMap(hopParts)],
  };
}

/** @param us in any order; stays as it is */
function timesOf(us: Float64Array): ChainTimes {
  const { p50, p99 } = summarizeSorted(us.slice().sort());
  const mean = us.length === 0 ? null : us.reduce((sum, each) => sum + each, 0) / us.length;
  return { count: us.length, mean, p50, p99 };
}
