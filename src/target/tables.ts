/** What the probe inside the targets and /proc told: `runtime.jsonl` as columns. `thread` indexes `threads`. */
export interface RuntimeTables {
  readonly threads: readonly RuntimeThread[];
  readonly gc: GcTable;
  /** Times the event loop did not come round: start and length. */
  readonly stalls: IntervalTable;
  readonly memory: MemoryTable;
  /** Cumulative CPU and run-queue wait of a thread from /proc/PID/task/TID/schedstat. */
  readonly sched: SchedTable;
  readonly serverRequests: ServerRequestTable;
  /** Requests the target itself made to others. */
  readonly clientRequests: IntervalTable;
}

export interface RuntimeThread {
  readonly target: string;
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
}

export interface IntervalTable {
  readonly length: number;
  readonly startUs: Float64Array;
  readonly durationUs: Float64Array;
  readonly thread: Int32Array;
}

export interface GcTable extends IntervalTable {
  /** V8's kind: 1 scavenge, 2 minor mark-compact, 4 mark-sweep-compact, 8 incremental, 16 weak callbacks. */
  readonly kind: Uint8Array;
}

export interface MemoryTable {
  readonly length: number;
  readonly timeUs: Float64Array;
  readonly thread: Int32Array;
  readonly rssBytes: Float64Array;
  readonly heapUsedBytes: Float64Array;
  readonly heapLimitBytes: Float64Array;
}

export interface SchedTable {
  readonly length: number;
  readonly timeUs: Float64Array;
  readonly thread: Int32Array;
  readonly cpuUs: Float64Array;
  readonly waitUs: Float64Array;
}

/** One row a request as the server saw it. */
export interface ServerRequestTable {
  readonly length: number;
  readonly startUs: Float64Array;
  /** End of the handler's first synchronous part, microtasks and next-ticks included. */
  readonly syncEndUs: Float64Array;
  /** NaN if it never finished. */
  readonly finishUs: Float64Array;
  /** The client's port: joins with RequestTable.localPort. */
  readonly port: Int32Array;
  readonly thread: Int32Array;
}
