import { Outcome } from '../load/result.ts';
import type { Run } from '../run/model.ts';
import { divideStretches, type Stretch } from './chainDivide.ts';
import type { RequestJoin } from './join.ts';

/** The time of the requests that were alone in the chain. */
export interface DividedRequests {
  /** Send to answer, µs, one a request. */
  readonly wholeUs: Float64Array;
  /** Outside all services. */
  readonly outsideUs: Float64Array;
  /** One a part (see divideStretches), one a request in each. */
  readonly partsUs: readonly Float64Array[];
  /** One a target: when its work on a request began, after the request came to the first service; NaN if it never did. */
  readonly beganUs: Float64Array;
}

export interface ChainView {
  /** One a runtime thread: its target, -1 for none. */
  readonly targetOf: readonly number[];
  readonly targets: number;
  /** The target that the load's requests come to. */
  readonly first: number;
  /** One a server request: the row of the load's request, -1 for another service's. */
  readonly clientRow: Int32Array;
}

/** Which of the load's requests each server request is. */
export function clientRows({ serverRow }: RequestJoin, serverRequests: number): Int32Array {
  const clientRow = new Int32Array(serverRequests).fill(-1);
  for (const [row, server] of serverRow.entries()) if (server >= 0) clientRow[server] = row;
  return clientRow;
}

/** Whether a server request is one of the load's, due in the window and answered. */
export function isAnswered({ manifest: { window }, requests }: Run, row: number): boolean {
  const intended = requests.intendedUs[row] ?? Number.NaN;
  const outcome = requests.outcome[row];
  return (
    window !== null &&
    intended >= window.startUs &&
    intended < window.endUs &&
    (outcome === Outcome.ok || outcome === Outcome.badStatus)
  );
}

/** Divides the time of each answered request of the window during which the first service had no other to serve. */
export function divideAlone(run: Run, view: ChainView): DividedRequests {
  const { requests, runtime } = run;
  const { startUs, finishUs } = runtime.serverRequests;
  const rows = aloneRows(run, view);
  const partsUs = Array.from({ length: 2 * view.targets }, () => new Float64Array(rows.length));
  const wholeUs = new Float64Array(rows.length);
  const outsideUs = new Float64Array(rows.length);
  const began = Array.from({ length: view.targets }, () => ({ sum: 0, count: 0 }));
  const stretchesIn = stretchReader(run, view);
  for (const [index, server] of rows.entries()) {
    const client = view.clientRow[server] ?? -1;
    const from = startUs[server] ?? 0;
    const to = finishUs[server] ?? 0;
    const whole = (requests.doneUs[client] ?? 0) - (requests.sentUs[client] ?? 0);
    const stretches = stretchesIn(server, from, to);
    let inside = 0;
    divideStretches(stretches, (part, us) => {
      const into = partsUs[part];
      if (into) into[index] = (into[index] ?? 0) + us;
      inside += us;
    });
    wholeUs[index] = whole;
    outsideUs[index] = whole - inside;
    const seen = new Set<number>();
    for (const { kind, target, startUs: at } of stretches) {
      const of = began[target];
      if (kind !== 'own' || seen.has(target) || !of) continue;
      seen.add(target);
      of.sum += at - from;
      of.count += 1;
    }
  }
  return { wholeUs, outsideUs, partsUs, beganUs: Float64Array.from(began, ({ sum, count }) => sum / count) };
}

/** Server rows of the first target, in order of time, that overlap no other of it. */
function aloneRows(run: Run, { targetOf, first, clientRow }: ChainView): number[] {
  const { startUs, syncEndUs, finishUs, thread, length } = run.runtime.serverRequests;
  const alone: number[] = [];
  let busyUntil = Number.NEGATIVE_INFINITY;
  let last = -1;
  for (let row = 0; row < length; row++) {
    if (targetOf[thread[row] ?? -1] !== first) continue;
    const from = startUs[row] ?? 0;
    // The one before it is alone no more.
    if (last >= 0 && from <= busyUntil && alone.at(-1) === last) alone.pop();
    const finish = finishUs[row] ?? Number.NaN;
    const isFree = from > busyUntil;
    // Who never answered was at work at least until its first part ended.
    busyUntil = Math.max(busyUntil, Number.isNaN(finish) ? (syncEndUs[row] ?? from) : finish);
    if (isFree && !Number.isNaN(finish) && isAnswered(run, clientRow[row] ?? -1)) alone.push(row);
    last = row;
  }
  return alone;
}

/** The stretches that begin while a request is served, asked for in order of time: both tables are walked once. */
function stretchReader(
  { runtime: { serverRequests, clientRequests } }: Run,
  { targetOf, first }: ChainView,
): (server: number, from: number, to: number) => Stretch[] {
  let nextServed = 0;
  let nextCall = 0;
  return (server, from, to) => {
    const stretches: Stretch[] = [{ kind: 'own', target: first, startUs: from, endUs: to }];
    const served = serverRequests.startUs;
    while (nextServed < serverRequests.length && (served[nextServed] ?? 0) < from) nextServed++;
    for (; nextServed < serverRequests.length && (served[nextServed] ?? 0) <= to; nextServed++) {
      const target = targetOf[serverRequests.thread[nextServed] ?? -1] ?? -1;
      const endUs = serverRequests.finishUs[nextServed] ?? Number.NaN;
      if (nextServed === server || target < 0 || target === first) continue;
      const startUs = served[nextServed] ?? 0;
      stretches.push({ kind: 'own', target, startUs, endUs: Number.isNaN(endUs) ? Number.POSITIVE_INFINITY : endUs });
    }
    while (nextCall < clientRequests.length && (clientRequests.startUs[nextCall] ?? 0) < from) nextCall++;
    for (; nextCall < clientRequests.length && (clientRequests.startUs[nextCall] ?? 0) <= to; nextCall++) {
      const target = targetOf[clientRequests.thread[nextCall] ?? -1] ?? -1;
      const startUs = clientRequests.startUs[nextCall] ?? 0;
      if (target >= 0)
        stretches.push({ kind: 'call', target, startUs, endUs: startUs + (clientRequests.durationUs[nextCall] ?? 0) });
    }
    const [head, ...rest] = stretches;
    // Sorting is stable and calls come second in the list: of one moment, what a service began goes before its calls.
    return head ? [head, ...rest.sort((a, b) => a.startUs - b.startUs)] : [];
  };
}
