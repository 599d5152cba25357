/**
 * `runtime.jsonl`: one JSON object a line. First `{"format":1,"kind":"slowpath-runtime"}`, then in any order threads
 * `{"thread":"api/4711/4711","target":"api","pid":4711,"tid":4711,"name":"main"}` and batches of rows as columns,
 * `{"table":"gc","thread":"api/4711/4711","startUs":[…],"durationUs":[…],"kind":[…]}`. Times are µs on the monotonic clock;
 * null stands for NaN. Several targets append to one file; a thread named again has a new name.
 */
export const RUNTIME_FORMAT = 1;
export const RUNTIME_KIND = 'slowpath-runtime';
export const RUNTIME_FILE = 'runtime.jsonl';

/** Columns of each table; the first one is the time that orders it. */
export const RUNTIME_TABLES = {
  gc: ['startUs', 'durationUs', 'kind'],
  stalls: ['startUs', 'durationUs'],
  memory: ['timeUs', 'rssBytes', 'heapUsedBytes', 'heapLimitBytes'],
  sched: ['timeUs', 'cpuUs', 'waitUs'],
  serverRequests: ['startUs', 'syncEndUs', 'finishUs', 'port'],
  clientRequests: ['startUs', 'durationUs'],
} as const;
export type RuntimeTableName = keyof typeof RUNTIME_TABLES;
