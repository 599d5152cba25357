import { SlowpathError } from '../errors.ts';
import { RUNTIME_FORMAT, RUNTIME_TABLES, type RuntimeTableName } from './runtimeFormat.ts';
import type { RuntimeTables, RuntimeThread } from './tables.ts';

const MAX_NAME = 4096;
const TABLE_NAMES = Object.keys(RUNTIME_TABLES) as RuntimeTableName[];

/** A run without targets, or one whose record was lost. */
export function emptyRuntime(): RuntimeTables {
  return new Collected().tables();
}

/** What a record holds, and how much of it can't be read. */
export interface RuntimeLog {
  readonly tables: RuntimeTables;
  readonly lines: number;
  /** Left out: no JSON, or not what was written. */
  readonly unreadLines: number;
}

/**
 * The text of `runtime.jsonl` as columns, each table ordered by time. With `target`, that target's threads only. Lines that
 * cannot be read (the last one after a crash) are left out; hostile values too.
 *
 * @throws SlowpathError RUN_FUTURE_FORMAT for a file of a later release.
 */
export function readRuntime(text: string, target?: string): RuntimeTables {
  return readRuntimeLog(text, target).tables;
}

/** The same, with what could not be read. @throws SlowpathError RUN_FUTURE_FORMAT */
export function readRuntimeLog(text: string, target?: string): RuntimeLog {
  const collected = new Collected();
  let lines = 0;
  let unreadLines = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    lines++;
    if (!readLine(text.slice(start, end), collected, target)) unreadLines++;
    start = end + 1;
  }
  return { tables: collected.tables(), lines, unreadLines };
}

/** False if the line is not what was written: unknown keys and tables of a later release are no damage. */
function readLine(line: string, collected: Collected, target: string | undefined): boolean {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return false;
  }
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Readonly<Record<string, unknown>>;
  if (typeof record['format'] === 'number' && record['format'] > RUNTIME_FORMAT) {
    throw new SlowpathError(
      'RUN_FUTURE_FORMAT',
      'The runtime record of this run was written by a newer Slowpath; update Slowpath to open it.',
    );
  }
  const key = record['thread'];
  if (typeof key !== 'string') return true;
  const table = TABLE_NAMES.find((name) => name === record['table']);
  if (table) return collected.addRows(table, key, record);
  if (isThread(record) && (target === undefined || record.target === target)) collected.addThread(key, record);
  return true;
}

/** Rows of one table, as numbers in columns that grow. */
interface Growing {
  readonly columns: readonly number[][];
  readonly thread: number[];
}

class Collected {
  private readonly threads: RuntimeThread[] = [];
  private readonly indices = new Map</* key */ string, number>();
  private readonly rows = new Map<RuntimeTableName, Growing>(
    TABLE_NAMES.map((name) => [name, { columns: RUNTIME_TABLES[name].map(() => []), thread: [] }]),
  );

  addThread(key: string, { target, pid, tid, name }: RuntimeThread): void {
    const known = this.indices.get(key);
    if (known === undefined) this.indices.set(key, this.threads.length);
    this.threads[known ?? this.threads.length] = { target, pid, tid, name };
  }

  /** False if the columns don't fit together. Rows of a thread that nobody named are no damage of their own. */
  addRows(table: RuntimeTableName, key: string, record: Readonly<Record<string, unknown>>): boolean {
    const thread = this.indices.get(key);
    const into = this.rows.get(table);
    if (thread === undefined || !into) return true;
    const columns = RUNTIME_TABLES[table].map((name) => record[name]);
    const [first] = columns;
    if (!Array.isArray(first) || !columns.every((column) => Array.isArray(column) && column.length === first.length))
      return false;
    for (let row = 0; row < first.length; row++) {
      if (typeof first[row] !== 'number') continue;
      columns.forEach((column, index) => into.columns[index]?.push(numberAt(column, row)));
      into.thread.push(thread);
    }
    return true;
  }

  tables(): RuntimeTables {
    const gc = this.sorted('gc');
    const stalls = this.sorted('stalls');
    const memory = this.sorted('memory');
    const sched = this.sorted('sched');
    const server = this.sorted('serverRequests');
    const client = this.sorted('clientRequests');
    return {
      threads: this.threads,
      gc: {
        length: gc.length,
        startUs: gc.column(0),
        durationUs: gc.column(1),
        kind: Uint8Array.from(gc.column(2)),
        thread: gc.thread,
      },
      stalls: { length: stalls.length, startUs: stalls.column(0), durationUs: stalls.column(1), thread: stalls.thread },
      memory: {
        length: memory.length,
        timeUs: memory.column(0),
        rssBytes: memory.column(1),
        heapUsedBytes: memory.column(2),
        heapLimitBytes: memory.column(3),
        thread: memory.thread,
      },
      sched: {
        length: sched.length,
        timeUs: sched.column(0),
        cpuUs: sched.column(1),
        waitUs: sched.column(2),
        thread: sched.thread,
      },
      serverRequests: {
        length: server.length,
        startUs: server.column(0),
        syncEndUs: server.column(1),
        finishUs: server.column(2),
        port: Int32Array.from(server.column(3)),
        thread: server.thread,
      },
      clientRequests: {
        length: client.length,
        startUs: client.column(0),
        durationUs: client.column(1),
        thread: client.thread,
      },
    };
  }

  private sorted(table: RuntimeTableName): {
    readonly length: number;
    readonly thread: Int32Array;
    column(index: number): Float64Array;
  } {
    const { columns = [], thread = [] } = this.rows.get(table) ?? {};
    const times = columns[0] ?? [];
    const order = Uint32Array.from(times, (_, row) => row);
    if (times.some((time, row) => time < (times[row - 1] ?? time)))
      order.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
    return {
      length: times.length,
      thread: Int32Array.from(order, (row) => thread[row] ?? 0),
      column: (index) => Float64Array.from(order, (row) => columns[index]?.[row] ?? Number.NaN),
    };
  }
}

function numberAt(column: unknown, row: number): number {
  const value: unknown = Array.isArray(column) ? column[row] : null;
  return typeof value === 'number' ? value : Number.NaN;
}

function isThread(record: unknown): record is RuntimeThread {
  if (typeof record !== 'object' || record === null) return false;
  const { target, pid, tid, name } = record as Partial<Record<keyof RuntimeThread, unknown>>;
  return (
    typeof target === 'string' &&
    target.length <= MAX_NAME &&
    typeof name === 'string' &&
    name.length <= MAX_NAME &&
    Number.isSafeInteger(pid) &&
    Number.isSafeInteger(tid)
  );
}
