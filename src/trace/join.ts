import { Outcome, type RequestTable } from '../load/result.ts';
import { groupRows } from '../profile/columns.ts';
import type { ServerRequestTable } from '../target/tables.ts';

/** Which row of the server's table belongs to each row of the client's. */
export interface RequestJoin {
  /** One a client request: row of the server request, -1 if the server never told of it. */
  readonly serverRow: Int32Array;
  /** One a server request: end of its own synchronous part, cut where the next request on its thread began. */
  readonly ownEndUs: Float64Array;
  /** Client requests that were sent, and how many of them found their server side. */
  readonly sent: number;
  readonly matched: number;
}

/** Both sides stamp the same clock, but in different processes: who reads it first may be preempted in between. */
const toleranceUs = 200;

/**
 * Joins requests by the client's port and by time: on one connection requests follow each other, so that both sides are
 * walked in order of time, port by port. A server request belongs to the client request during which it began; where the
 * client gave up (time-out, end of run) it may begin later, until the next request on that port was sent.
 */
export function joinRequests(requests: RequestTable, server: ServerRequestTable): RequestJoin {
  const serverRow = new Int32Array(requests.length).fill(-1);
  const clientPort = requests.localPort.map((port, row) =>
    port > 0 && !Number.isNaN(requests.sentUs[row] ?? Number.NaN) ? port : -1,
  );
  const clients = groupRows(clientPort, ports);
  const servers = groupRows(server.port, ports);
  let matched = 0;
  for (let port = 1; port < ports; port++) {
    const ours = byTime(clients.rows.subarray(clients.start[port], clients.start[port + 1]), requests.sentUs);
    const theirs = byTime(servers.rows.subarray(servers.start[port], servers.start[port + 1]), server.startUs);
    for (let i = 0, j = 0; i < ours.length && j < theirs.length;) {
      const row = ours[i] ?? 0;
      const started = server.startUs[theirs[j] ?? 0] ?? 0;
      if (started < (requests.sentUs[row] ?? 0) - toleranceUs) {
        j++;
      } else if (started <= latestStart(requests, row, ours[i + 1])) {
        serverRow[row] = theirs[j] ?? -1;
        matched++;
        i++;
        j++;
      } else {
        i++;
      }
    }
  }
  let sent = 0;
  for (const stamp of requests.sentUs) if (!Number.isNaN(stamp)) sent++;
  return { serverRow, ownEndUs: ownEnds(server), sent, matched };
}

const ports = 65536;

function latestStart(requests: RequestTable, row: number, next: number | undefined): number {
  const outcome = requests.outcome[row];
  const answered = outcome === Outcome.ok || outcome === Outcome.badStatus;
  if (answered) return (requests.doneUs[row] ?? 0) + toleranceUs;
  return next === undefined ? Number.POSITIVE_INFINITY : (requests.sentUs[next] ?? 0);
}

/** Rows in order of a time; they mostly are already. */
function byTime(rows: Int32Array, timeUs: Float64Array): Int32Array {
  for (let at = 1; at < rows.length; at++) {
    if ((timeUs[rows[at] ?? 0] ?? 0) < (timeUs[rows[at - 1] ?? 0] ?? 0)) {
      return rows.sort((a, b) => (timeUs[a] ?? 0) - (timeUs[b] ?? 0) || a - b);
    }
  }
  return rows;
}

/**
 * Requests that arrive in one turn of the event loop end their synchronous parts together, as far as a probe can see: what
 * follows the next one's beginning is the next one's.
 */
function ownEnds(server: ServerRequestTable): Float64Array {
  let threads = 0;
  for (const thread of server.thread) threads = Math.max(threads, thread + 1);
  const grouped = groupRows(server.thread, threads);
  const ownEndUs = server.syncEndUs.slice();
  for (let thread = 0; thread < threads; thread++) {
    const rows = byTime(grouped.rows.subarray(grouped.start[thread], grouped.start[thread + 1]), server.startUs);
    for (let at = 0; at + 1 < rows.length; at++) {
      const row = rows[at] ?? 0;
      ownEndUs[row] = Math.min(ownEndUs[row] ?? 0, server.startUs[rows[at + 1] ?? 0] ?? 0);
    }
  }
  return ownEndUs;
}
