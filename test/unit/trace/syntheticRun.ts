import { ProfileBuilder } from '../../../src/profile/builder.ts';
import { Outcome, type RequestTable } from '../../../src/load/result.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import type { Manifest, Run } from '../../../src/run/model.ts';
import type { IntervalTable, RuntimeTables } from '../../../src/target/tables.ts';
import { httpLoad } from '../../fixtures/load.ts';

export interface PlainRequest {
  readonly intended: number;
  /** NaN: never sent. Default: intended. */
  readonly sent?: number;
  readonly done: number;
  readonly port?: number;
  readonly outcome?: Outcome;
  readonly endpoint?: number;
}

export function requestTable(rows: readonly PlainRequest[], endpoints: readonly string[] = ['get']): RequestTable {
  return {
    length: rows.length,
    endpoints,
    intendedUs: Float64Array.from(rows, ({ intended }) => intended),
    sentUs: Float64Array.from(rows, ({ intended, sent }) => sent ?? intended),
    firstByteUs: Float64Array.from(rows, ({ done }) => done),
    doneUs: Float64Array.from(rows, ({ done }) => done),
    endpoint: Int32Array.from(rows, ({ endpoint }) => endpoint ?? 0),
    status: Int32Array.from(rows, () => 200),
    outcome: Uint8Array.from(rows, ({ outcome }) => outcome ?? Outcome.ok),
    connection: Int32Array.from(rows, ({ port }) => port ?? 0),
    localPort: Int32Array.from(rows, ({ port }) => port ?? 0),
    bytes: new Int32Array(rows.length),
    sequence: new Int32Array(rows.length),
  };
}

/** Main thread 10/10 is thread 0 of everything. */
export interface PlainRuntime {
  readonly gc?: readonly [start: number, duration: number][];
  readonly stalls?: readonly [start: number, duration: number][];
  readonly downstream?: readonly [start: number, duration: number][];
  /** [time, cumulative wait] */
  readonly wait?: readonly [time: number, waitUs: number][];
  readonly served?: readonly {
    readonly port: number;
    readonly start: number;
    readonly syncEnd: number;
    readonly finish: number;
  }[];
}

function intervals(rows: readonly [number, number][] = []): IntervalTable {
  return {
    length: rows.length,
    startUs: Float64Array.from(rows, ([start]) => start),
    durationUs: Float64Array.from(rows, ([, duration]) => duration),
    thread: new Int32Array(rows.length),
  };
}

export function runtimeTables({ gc, stalls, downstream, wait = [], served = [] }: PlainRuntime): RuntimeTables {
  return {
    threads: [{ target: 'api', pid: 10, tid: 10, name: 'main' }],
    gc: { ...intervals(gc), kind: new Uint8Array(gc?.length ?? 0).fill(4) },
    stalls: intervals(stalls),
    memory: {
      length: 0,
      timeUs: new Float64Array(),
      thread: new Int32Array(),
      rssBytes: new Float64Array(),
      heapUsedBytes: new Float64Array(),
      heapLimitBytes: new Float64Array(),
    },
    sched: {
      length: wait.length,
      timeUs: Float64Array.from(wait, ([time]) => time),
      thread: new Int32Array(wait.length),
      cpuUs: new Float64Array(wait.length),
      waitUs: Float64Array.from(wait, ([, waitUs]) => waitUs),
    },
    serverRequests: {
      length: served.length,
      startUs: Float64Array.from(served, ({ start }) => start),
      syncEndUs: Float64Array.from(served, ({ syncEnd }) => syncEnd),
      finishUs: Float64Array.from(served, ({ finish }) => finish),
      port: Int32Array.from(served, ({ port }) => port),
      thread: new Int32Array(served.length),
    },
    clientRequests: intervals(downstream),
  };
}

/** `[path, duration]` one after the other on the main thread. Names with a slash are files: `/srv/app.js:work`. */
export function profileOf(
  startUs: number,
  samples: readonly (readonly [path: string, durationUs: number, line?: number])[],
): Profile {
  const builder = new ProfileBuilder();
  const thread = builder.thread({ pid: 10, tid: 10, name: 'main', target: 'api' });
  const root = builder.stack(-1, builder.frame('(root)', '', 0, 0));
  let now = startUs;
  for (const [path, durationUs, line] of samples) {
    let stack = root;
    for (const step of path.split(' > ')) {
      const [, file = '', name = step] = /^(\/.*):(.*)$/.exec(step) ?? [];
      stack = builder.stack(stack, builder.frame(name, file, file === '' ? 0 : 1, 1));
    }
    if (line !== undefined) builder.ticks(stack, line, 1);
    builder.sample(now, durationUs, stack, thread);
    now += durationUs;
  }
  return builder.build({ intervalUs: 1000, startUs, endUs: now });
}

export function runOf(parts: {
  requests: RequestTable;
  runtime?: PlainRuntime;
  profile?: Profile | null;
  window?: { startUs: number; endUs: number };
}): Run {
  const window = parts.window ?? { startUs: 0, endUs: 1e12 };
  const manifest: Manifest = {
    format: 2,
    id: '20260101-000000-test-0000',
    state: 'complete',
    error: null,
    scenario: {
      name: 'test',
      workspaceFolder: '/srv',
      targets: [],
      load: httpLoad('http://127.0.0.1:1', {
        requests: [],
        arrivals: { model: 'constant', ratePerSecond: 100 },
        connections: 1,
        timeoutUs: 1e6,
        warmupUs: 0,
      }),
      collect: { cpuIntervalUs: 1000, with: 'auto', callGraph: 'auto' },
      slo: [],
    },
    startedAt: '2026-01-01T00:00:00Z',
    window: { warmupStartUs: window.startUs, ...window },
    git: null,
    host: { os: '', kernel: '', cpuModel: '', cpuCount: 1, memoryBytes: 0, node: '', slowpath: '', fingerprint: '' },
    targets: [],
    clockOffsetUs: { start: 0, end: null },
    verdict: null,
    summary: null,
    counters: {},
    collectors: [],
    overhead: null,
    gaps: [],
    files: [],
  };
  return {
    manifest,
    requests: parts.requests,
    runtime: runtimeTables(parts.runtime ?? {}),
    profile: parts.profile ?? null,
  };
}

export interface StallPlan {
  readonly seconds?: number;
  /** µs between requests. */
  readonly gapUs?: number;
  /** µs of handler a request; up to half of it again by chance. */
  readonly handlerUs?: number;
  /** Once a second a request runs the culprit this long; 0: never. */
  readonly blockUs?: number;
}

/**
 * A service on one thread: requests come evenly and take a short handler each; once a second one of them blocks the thread, and
 * whoever arrives meanwhile waits until it is over and is then answered, one after the other.
 */
export function stallingRun({ seconds = 10, gapUs = 1000, handlerUs = 100, blockUs = 50_000 }: StallPlan = {}): Run {
  const requests: PlainRequest[] = [];
  const served: NonNullable<PlainRuntime['served']>[number][] = [];
  const samples: [string, number, number?][] = [];
  const handler = '/srv/app.js:handler';
  let free = 0;
  for (let intended = 0, count = 0; intended < seconds * 1e6; intended += gapUs, count++) {
    const port = 20_000 + (count % 10_000);
    const start = Math.max(free, intended);
    if (start > free) samples.push(['(idle)', start - free]);
    const culprit = blockUs > 0 && intended % 1e6 === 500_000;
    const own = culprit ? blockUs : handlerUs + ((count * 7919) % (handlerUs / 2));
    free = start + own;
    if (culprit)
      samples.push(
        [`${handler} > /srv/app.js:culprit > node:crypto`, own * 0.1],
        [`${handler} > /srv/app.js:culprit`, own * 0.9, count % 3 === 0 ? 7 : 42],
      );
    else samples.push([handler, own, 3]);
    requests.push({ intended, done: free, port });
    served.push({ port, start, syncEnd: free, finish: free });
  }
  return runOf({
    requests: requestTable(requests),
    runtime: { served },
    profile: profileOf(0, samples),
    window: { startUs: 0, endUs: seconds * 1e6 },
  });
}
