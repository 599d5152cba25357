import { exportMark, inChunks, microseconds } from '../profile/exports/chunks.ts';
import { sampleEvents } from '../profile/exports/chromeSamples.ts';
import { threadName } from '../profile/exports/names.ts';
import { groupRows } from '../profile/columns.ts';
import type { Profile, ProfileThread } from '../profile/tables.ts';
import type { Run } from '../run/model.ts';
import { pauseEvents, requestEvents } from './chromeTraceEvents.ts';
import { TraceLanes } from './chromeTraceLanes.ts';

/** What every trace we write begins with. */
export const chromeTraceHead = `{"otherData":{"exporter":"${exportMark}"`;

/**
 * A run as Chrome trace events (the Trace Event Format), for ui.perfetto.dev, chrome://tracing and DevTools: every request
 * as an async slice of its endpoint, over garbage collection, event-loop stalls and CPU samples of the targets, all on the
 * host's monotonic clock. The whole run, warm-up included. Piece by piece: a million requests make no long string.
 */
export function runTrace(run: Run): Iterable<string> {
  return document(run.manifest.scenario.name, runEvents(run));
}

/** A profile alone: its threads' samples. */
export function profileTrace(name: string, profile: Profile): Iterable<string> {
  const lanes = new TraceLanes(profile.threads);
  return document(name, both(processEvents(profile.threads, lanes, name), profileEvents(profile, lanes)));
}

function document(name: string, events: Iterable<string>): Iterable<string> {
  return inChunks(pieces(name, events));
}

function* pieces(name: string, events: Iterable<string>): Generator<string> {
  yield `${chromeTraceHead},"name":${JSON.stringify(name)},"clock":"CLOCK_MONOTONIC"},"displayTimeUnit":"ms","traceEvents":[`;
  let first = true;
  for (const event of events) {
    yield first ? `\n${event}` : `,\n${event}`;
    first = false;
  }
  yield '\n]}\n';
}

function* runEvents(run: Run): Generator<string> {
  const { manifest, requests, runtime, profile } = run;
  const threads = [...runtime.threads, ...(profile?.threads ?? [])];
  const lanes = new TraceLanes(threads);
  yield* processEvents(threads, lanes, manifest.scenario.name);
  if (requests.length > 0) {
    const pid = lanes.newProcess();
    yield nameEvent('process_name', pid, 0, 'requests');
    yield `{"ph":"M","name":"process_sort_index","pid":${pid},"tid":0,"args":{"sort_index":-1}}`;
    if (manifest.window) {
      yield markEvent(pid, manifest.window.startUs, 'measured window begins');
      yield markEvent(pid, manifest.window.endUs, 'measured window ends');
    }
    yield* requestEvents(requests, pid);
  }
  if (profile) yield* profileEvents(profile, lanes);
  yield* pauseEvents(runtime, lanes);
}

function* both(first: Iterable<string>, second: Iterable<string>): Generator<string> {
  yield* first;
  yield* second;
}

/** Each process by the plan's name of the target. @param unnamed what a process of no target is called. */
function* processEvents(threads: readonly ProfileThread[], lanes: TraceLanes, unnamed: string): Generator<string> {
  const named = new Set<number>();
  for (const { pid, target } of threads) {
    const process = lanes.process(pid);
    if (!named.has(process)) yield nameEvent('process_name', process, 0, target === '' ? unnamed : target);
    named.add(process);
  }
}

function* profileEvents(profile: Profile, lanes: TraceLanes): Generator<string> {
  const { samples, threads } = profile;
  const byThread = groupRows(samples.thread, threads.length);
  const sampled = threads
    .map((thread, index) => ({
      thread,
      rows: byThread.rows.subarray(byThread.start[index], byThread.start[index + 1]),
    }))
    .filter(({ rows }) => rows.length > 0)
    .map(({ thread, rows }) => ({ thread, rows, lane: lanes.samples(thread) }));
  for (const { thread, lane } of sampled) {
    yield nameEvent('thread_name', lane.pid, lane.tid, threadName(thread));
  }
  yield* sampleEvents(profile, sampled);
}

function nameEvent(what: 'process_name' | 'thread_name', pid: number, tid: number, name: string): string {
  return `{"ph":"M","name":"${what}","pid":${pid},"tid":${tid},"args":{"name":${JSON.stringify(name)}}}`;
}

function markEvent(pid: number, us: number, name: string): string {
  return `{"ph":"i","s":"g","cat":"run","name":"${name}","pid":${pid},"tid":0,"ts":${microseconds(us)}}`;
}
