import { appendFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import { RUNTIME_FILE, RUNTIME_FORMAT, RUNTIME_KIND, RUNTIME_TABLES, type RuntimeTableName } from './runtimeFormat.ts';
import type { RuntimeThread } from './tables.ts';

const FLUSH_EVERY_MS = 500;

/** Appends what was collected to `runtime.jsonl` while the run goes on: a crash loses half a second of it. */
export class RuntimeWriter {
  readonly file: string;
  private lines: string[] = [];
  private batches = new Map</* table and thread */ string, Batch>();
  private writing: Promise<void>;
  private failure: Error | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(dir: string) {
    this.file = join(dir, RUNTIME_FILE);
    this.writing = this.guarded(() => this.writeHeader());
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS);
    this.timer.unref();
  }

  /** Names a thread, or renames it. */
  thread(thread: RuntimeThread): void {
    this.lines.push(JSON.stringify({ thread: threadKey(thread), ...thread }));
  }

  /** Adds rows given as columns, in the table's order of columns. */
  rows(table: RuntimeTableName, thread: RuntimeThread, columns: readonly ArrayLike<number>[]): void {
    const length = columns[0]?.length ?? 0;
    if (length === 0 || this.failure) return;
    const key = `${table} ${threadKey(thread)}`;
    let batch = this.batches.get(key);
    if (!batch) {
      batch = { table, thread: threadKey(thread), columns: columns.map(() => []) };
      this.batches.set(key, batch);
    }
    for (const [index, into] of batch.columns.entries()) {
      const column = columns[index] ?? [];
      for (let row = 0; row < length; row++) into.push(tenths(column[row] ?? Number.NaN));
    }
  }

  /** Writes what is waiting. After a failed write (a full disk) nothing more is written, and `problem` says why. */
  flush(): Promise<void> {
    this.writing = this.writing.then(() =>
      this.guarded(async () => {
        const text = this.takeText();
        if (text !== '' && !this.failure) await appendFile(this.file, text);
      }),
    );
    return this.writing;
  }

  private takeText(): string {
    const lines = this.lines;
    for (const { table, thread, columns } of this.batches.values()) {
      lines.push(
        JSON.stringify({
          table,
          thread,
          ...Object.fromEntries(RUNTIME_TABLES[table].map((name, index) => [name, columns[index]])),
        }),
      );
    }
    this.lines = [];
    this.batches = new Map();
    return lines.map((line) => `${line}\n`).join('');
  }

  get problem(): Error | null {
    return this.failure;
  }

  async dispose(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /** Several targets write to one file; whoever creates it writes the first line. */
  private async writeHeader(): Promise<void> {
    try {
      const handle = await open(this.file, 'ax');
      try {
        await handle.writeFile(`${JSON.stringify({ format: RUNTIME_FORMAT, kind: RUNTIME_KIND })}\n`);
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }

  private async guarded(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      this.lines = [];
      this.batches.clear();
    }
  }
}

interface Batch {
  readonly table: RuntimeTableName;
  readonly thread: string;
  readonly columns: readonly (number | null)[][];
}

export function threadKey(thread: Omit<RuntimeThread, 'name'>): string {
  return `${thread.target}/${thread.pid}/${thread.tid}`;
}

/** A tenth of a microsecond is finer than any clock here, and half the digits. JSON has no NaN. */
function tenths(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 10) / 10 : null;
}
