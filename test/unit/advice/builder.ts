/**
 * Made-up evidence: one thread as a queue. Requests arrive evenly and take a little; jobs hold the thread now and then; the profile,
 * the stalls and the pauses are read off the same timeline, and the analysis is the real one. All times in µs.
 */
import type { Evidence } from '../../../src/advice/finding.ts';
import { Outcome, type RequestTable, type Verdict } from '../../../src/load/result.ts';
import type { Arrivals } from '../../../src/plan/scenario.ts';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import type { Manifest, Run } from '../../../src/run/model.ts';
import { emptyRuntime } from '../../../src/target/runtimeLog.ts';
import type { RuntimeTables } from '../../../src/target/tables.ts';
import { analyse } from '../../../src/trace/analyse.ts';
import { httpLoad, requestTemplate } from '../../fixtures/load.ts';

/** Something that holds the thread, on its own. */
export interface Job {
  readonly everyUs: number;
  readonly us: number;
  /** From the outside in: `login@/srv/app/server.js:5:15`, `pbkdf2Sync@node:internal/crypto/pbkdf2:67:1`, `run` for native. */
  readonly stack: readonly string[];
  /** Lines on top, for the innermost function. */
  readonly lines?: readonly number[];
  /** V8's kind, if it is a garbage collection: 1 scavenge, 4 major. */
  readonly gc?: number;
  /** The loop comes round in between: no stall is seen. */
  readonly inParts?: boolean;
}

export interface Story {
  readonly sources?: Readonly<Record<string, string>> | undefined;
  readonly jobs?: readonly Job[];
  readonly ratePerSecond?: number;
  readonly seconds?: number;
  /** A request's own work. */
  readonly handler?: Omit<Job, 'everyUs'>;
  /** Added to an answer's time outside the thread: a network, or a timer. */
  readonly outside?: (request: number) => number;
  /** That time passes before the server hands its answer over, not after. */
  readonly waitsInside?: boolean;
  readonly arrivals?: Arrivals;
  readonly warmupUs?: number;
  readonly connections?: number;
  /** A connection of its own for each request. */
  readonly closes?: boolean;
  readonly counters?: Manifest['counters'];
  readonly verdict?: Verdict;
  readonly slo?: NonNullable<Manifest['summary']>['slo'];
  readonly runtimeArgs?: readonly string[];
  /** Heap used at a share 0…1 of the run, and its limit. */
  readonly heap?: { readonly used: (share: number) => number; readonly limit: number };
  /** Requests the service made to others, in all. */
  readonly outgoing?: number;
  readonly nodeVersion?: string;
}

export const server = '/srv/app/server.js';
const epoch = 1e9;
/** No divisor of the gaps between requests, so that samples fall on every part of one. */
const sampleUs = 997;

const smallHandler: Omit<Job, 'everyUs'> = {
  us: 300,
  stack: ['parserOnIncoming@node:_http_server:1033:1', `handle@${server}:1:1`],
  lines: [2],
};

interface Segment {
  readonly startUs: number;
  readonly endUs: number;
  readonly job: Omit<Job, 'everyUs'>;
}

export function evidenceOf(story: Story = {}): Evidence {
  const seconds = story.seconds ?? 10;
  const endUs = epoch + seconds * 1e6;
  const { requests, segments, runtime } = simulate(story, endUs);
  const run: Run = {
    manifest: manifestOf(story, requests, endUs),
    requests,
    runtime,
    profile: profileOf(segments, endUs),
  };
  return { run, analysis: analyse(run), readSource: (file) => story.sources?.[file] ?? null };
}

function simulate(story: Story, endUs: number) {
  const rate = story.ratePerSecond ?? 200;
  const handler = story.handler ?? smallHandler;
  const jobs = (story.jobs ?? []).flatMap((job) => {
    const starts: { readonly at: number; readonly job: Omit<Job, 'everyUs'>; readonly request: number }[] = [];
    for (let at = epoch + job.everyUs / 2; at < endUs; at += job.everyUs) starts.push({ at, job, request: -1 });
    return starts;
  });
  const count = Math.floor(((endUs - epoch) / 1e6) * rate);
  for (let request = 0; request < count; request++)
    jobs.push({ at: epoch + (request * 1e6) / rate, job: handler, request });
  jobs.sort((a, b) => a.at - b.at);
  const requests = requestTable(count);
  const base = emptyRuntime();
  const server = {
    length: count,
    startUs: new Float64Array(count),
    syncEndUs: new Float64Array(count),
    finishUs: new Float64Array(count),
    port: new Int32Array(count),
    thread: new Int32Array(count),
  };
  const segments: Segment[] = [];
  let free = epoch;
  for (const { at, job, request } of jobs) {
    const startUs = Math.max(at, free);
    free = startUs + job.us;
    segments.push({ startUs, endUs: free, job });
    if (request < 0) continue;
    const doneUs = free + 60 + (story.outside?.(request) ?? 0);
    requests.intendedUs[request] = at;
    requests.sentUs[request] = at + 5;
    requests.firstByteUs[request] = doneUs;
    requests.doneUs[request] = doneUs;
    requests.status[request] = 200;
    requests.outcome[request] = Outcome.ok;
    const connection = request % (story.connections ?? 16);
    requests.connection[request] = connection;
    requests.localPort[request] = 40_000 + (story.closes === true ? request % 20_000 : connection);
    server.startUs[request] = startUs;
    server.syncEndUs[request] = free;
    server.finishUs[request] = story.waitsInside === true ? doneUs - 30 : free + 30;
    server.port[request] = requests.localPort[request] ?? 0;
  }
  const stalled = segments.filter(({ job }) => job.us >= 7000 && job.inParts !== true);
  const collected = segments.filter(({ job }) => job.gc !== undefined);
  const runtime: RuntimeTables = {
    ...base,
    threads: [{ target: 'api', pid: 7, tid: 7, name: 'main' }],
    stalls: intervals(stalled),
    gc: { ...intervals(collected), kind: Uint8Array.from(collected, ({ job }) => job.gc ?? 0) },
    memory: memoryOf(story, endUs),
    serverRequests: server,
    clientRequests: intervals(
      Array.from({ length: story.outgoing ?? 0 }, (_, index) => {
        const startUs = epoch + ((endUs - epoch) * index) / (story.outgoing ?? 1);
        return { startUs, endUs: startUs + 100, job: handler };
      }),
    ),
  };
  return { requests, segments, runtime };
}

function requestTable(length: number): RequestTable {
  const numbers = (): Float64Array => new Float64Array(length);
  const integers = (): Int32Array => new Int32Array(length);
  return {
    length,
    endpoints: ['all'],
    intendedUs: numbers(),
    sentUs: numbers(),
    firstByteUs: numbers(),
    doneUs: numbers(),
    endpoint: integers(),
    status: integers(),
    outcome: new Uint8Array(length),
    connection: integers(),
    localPort: integers(),
    bytes: integers(),
    sequence: integers(),
  };
}

function intervals(segments: readonly Segment[]) {
  return {
    length: segments.length,
    startUs: Float64Array.from(segments, ({ startUs }) => startUs),
    durationUs: Float64Array.from(segments, ({ startUs, endUs }) => endUs - startUs),
    thread: new Int32Array(segments.length),
  };
}

function memoryOf({ heap }: Story, endUs: number): RuntimeTables['memory'] {
  const length = heap ? 40 : 0;
  const timeUs = Float64Array.from({ length }, (_, index) => epoch + ((endUs - epoch) * index) / 40);
  return {
    length,
    timeUs,
    thread: new Int32Array(length),
    rssBytes: new Float64Array(length).fill(2e8),
    heapUsedBytes: Float64Array.from({ length }, (_, index) => heap?.used(index / 40) ?? 0),
    heapLimitBytes: new Float64Array(length).fill(heap?.limit ?? 0),
  };
}

function profileOf(segments: readonly Segment[], endUs: number): Profile {
  const builder = new ProfileBuilder();
  const thread = builder.thread({ pid: 7, tid: 7, name: 'main', target: 'api' });
  const stackOf = (texts: readonly string[]): number => {
    let stack = builder.stack(-1, builder.frame('(root)', '', 0, 0));
    for (const text of texts) stack = builder.stack(stack, frameOf(builder, text));
    return stack;
  };
  const idle = stackOf(['(idle)']);
  const samples = new Map<number, number>();
  let segment = 0;
  for (let at = epoch; at < endUs; at += sampleUs) {
    while (segment < segments.length && (segments[segment]?.endUs ?? 0) <= at) segment++;
    const current = segments[segment];
    const job = current && current.startUs <= at ? current.job : null;
    const stack = job ? stackOf(job.stack) : idle;
    builder.sample(at, sampleUs, stack, thread);
    if (!job?.lines?.length) continue;
    const seen = samples.get(stack) ?? 0;
    samples.set(stack, seen + 1);
    builder.ticks(stack, job.lines[seen % job.lines.length] ?? 0, 1);
  }
  return builder.build({ intervalUs: sampleUs, startUs: epoch, endUs });
}

function frameOf(builder: ProfileBuilder, text: string): number {
  const [, name = text, file = '', line = '0', column = '0'] = /^(.*?)@(.*):(\d+):(\d+)$/.exec(text) ?? [];
  return builder.frame(name, file, Number(line), Number(column));
}

export const validVerdict: Verdict = {
  valid: true,
  reasons: [],
  warnings: [],
  health: {
    cpuShare: 0.2,
    sendLagUs: { p50: 5, p90: 6, p95: 7, p99: 20, 'p99.9': 40, max: 60 },
    gcPauseMaxUs: 300,
    stallMaxUs: 0,
    throttledPeriods: 0,
    stealShare: 0,
    floorUs: 60,
  },
};

function manifestOf(story: Story, requests: RequestTable, endUs: number): Manifest {
  const rate = story.ratePerSecond ?? 200;
  const load = httpLoad('http://127.0.0.1:4100', {
    requests: [requestTemplate({ name: 'all' })],
    arrivals: story.arrivals ?? { model: 'constant', ratePerSecond: rate },
    connections: story.connections ?? 16,
    warmupUs: story.warmupUs ?? 1e6,
    durationUs: endUs - epoch,
  });
  const latency = { p50: null, p90: null, p95: null, p99: null, 'p99.9': null, max: null };
  return {
    format: 2,
    id: '20260101-000000-made-up',
    state: 'complete',
    error: null,
    scenario: {
      name: 'made-up',
      workspaceFolder: '/srv/app',
      targets: [
        {
          kind: 'launch',
          name: 'api',
          runtime: 'node',
          runtimeExecutable: 'node',
          build: [],
          pprof: null,
          runtimeArgs: story.runtimeArgs ?? [],
          command: 'server.js',
          args: [],
          cwd: '/srv/app',
          env: {},
          ready: null,
        },
      ],
      load,
      collect: { cpuIntervalUs: sampleUs, with: 'auto', callGraph: 'auto' },
      slo: story.slo?.map(({ slo }) => slo) ?? [],
    },
    startedAt: '2026-01-01T00:00:00.000Z',
    window: { warmupStartUs: epoch, startUs: epoch, endUs },
    git: null,
    host: {
      os: 'Linux',
      kernel: '6',
      cpuModel: 'made up',
      cpuCount: 2,
      memoryBytes: 4e9,
      node: '24.0.0',
      slowpath: '0.1.0',
      fingerprint: 'made-up',
    },
    targets: [
      {
        name: 'api',
        pid: 7,
        runtime: `node ${story.nodeVersion ?? '24.1.0'}`,
        commandLine: ['node', 'server.js'],
        exitCode: 0,
        signal: null,
      },
    ],
    clockOffsetUs: { start: 0, end: 0 },
    verdict: story.verdict ?? validVerdict,
    summary: {
      requests: { sent: requests.length, ok: requests.length, errors: 0, timeouts: 0, unsent: 0, inFlight: 0 },
      ratePerSecond: { offered: rate, achieved: rate },
      latencyUs: { response: latency, service: latency, sendLag: latency },
      slo: story.slo ?? [],
    },
    counters: story.counters ?? {},
    collectors: [],
    overhead: null,
    gaps: [],
    files: [],
  };
}
