import { Outcome, type RequestTable } from '../load/result.ts';
import { groupRows } from '../profile/columns.ts';
import { microseconds } from '../profile/exports/chunks.ts';
import type { IntervalTable, RuntimeTables, RuntimeThread } from '../target/tables.ts';
import type { TraceLanes } from './chromeTraceLanes.ts';

const outcomeNames = new Map<number, string>(Object.entries(Outcome).map(([name, value]) => [value, name]));

/** V8's kinds of collections (see GcTable). */
const gcNames = new Map([
  [1, 'scavenge'],
  [2, 'minor mark-compact'],
  [4, 'mark-sweep-compact'],
  [8, 'incremental marking'],
  [16, 'weak callbacks'],
]);

/** Requests as async slices from when they were due to when they ended, named by endpoint. */
export function* requestEvents(requests: RequestTable, pid: number): Generator<string> {
  const names = requests.endpoints.map((name) => JSON.stringify(name));
  for (let row = 0; row < requests.length; row++) {
    const startUs = requests.intendedUs[row] ?? Number.NaN;
    const endUs = requests.doneUs[row] ?? Number.NaN;
    if (!(endUs >= startUs)) continue;
    const sentUs = requests.sentUs[row] ?? Number.NaN;
    const outcome = requests.outcome[row] ?? 0;
    const own = `"cat":"request","name":${names[requests.endpoint[row] ?? 0] ?? '""'},"id":"0x${(row + 1).toString(16)}","pid":${pid},"tid":0`;
    // JSON has no NaN: what was never sent has no service time.
    const service = Number.isNaN(sentUs) ? '' : `,"serviceUs":${microseconds(endUs - sentUs)}`;
    yield `{"ph":"b",${own},"ts":${microseconds(startUs)},"args":{"status":${requests.status[row] ?? 0},"outcome":"${outcomeNames.get(outcome) ?? outcome}","latencyUs":${microseconds(endUs - startUs)}${service},"connection":${requests.connection[row] ?? -1},"bytes":${requests.bytes[row] ?? 0}}}`;
    yield `{"ph":"e",${own},"ts":${microseconds(endUs)}}`;
  }
}

/** Garbage collection and event-loop stalls, each on a lane of its own in the target's process. */
export function* pauseEvents({ threads, gc, stalls }: RuntimeTables, lanes: TraceLanes): Generator<string> {
  yield* slices(threads, gc, lanes, 'garbage collection', (row) => gcNames.get(gc.kind[row] ?? 0) ?? 'collection');
  yield* slices(threads, stalls, lanes, 'event-loop stalls', () => 'event loop stalled');
}

function* slices(
  threads: readonly RuntimeThread[],
  table: IntervalTable,
  lanes: TraceLanes,
  what: string,
  nameOf: (row: number) => string,
): Generator<string> {
  const byThread = groupRows(table.thread.subarray(0, table.length), threads.length);
  for (const [index, thread] of threads.entries()) {
    const rows = byThread.rows.subarray(byThread.start[index], byThread.start[index + 1]);
    if (rows.length === 0) continue;
    const { pid, tid } = lanes.beside(thread);
    const lane = `"pid":${pid},"tid":${tid}`;
    const name = JSON.stringify(`${what} · ${thread.name === '' ? thread.tid : thread.name}`);
    yield `{"ph":"M","name":"thread_name",${lane},"args":{"name":${name}}}`;
    for (const row of rows) {
      const [startUs, durationUs] = [table.startUs[row] ?? 0, table.durationUs[row] ?? 0];
      yield `{"ph":"X","cat":"runtime","name":"${nameOf(row)}",${lane},"ts":${microseconds(startUs)},"dur":${microseconds(durationUs)}}`;
    }
  }
}
