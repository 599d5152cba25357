import { SlowpathError } from '../../errors.ts';
import { mergeProfiles } from '../merge.ts';
import type { Profile } from '../tables.ts';
import { importCpuProfile } from './cpuprofile.ts';
import { isFiniteNumber, isObject, malformed, tooLarge, type JsonObject } from './fields.ts';
import type { Importer, ImportOptions } from './importer.ts';
import { parseTrace } from './traceJson.ts';
import { isOfScripts, TraceScripts } from './traceScripts.ts';

const mostThreads = 10_000;

/** The CPU profile of one thread, as its events are put together. */
interface ThreadProfile {
  readonly pid: number;
  readonly tid: number;
  /** In one event, not in chunks. */
  readonly isWhole: boolean;
  readonly startUs: number;
  endUs: number | undefined;
  readonly nodes: JsonObject[];
  readonly samples: unknown[];
  readonly timeDeltas: unknown[];
  /** The 1-based line of each sample, 0 unknown; V8 writes them beside the profile. */
  readonly lines: unknown[];
}

/**
 * A Chrome trace with CPU profiles (DevTools' Performance panel): each thread's `Profile` event and the `ProfileChunk`s of
 * the same id and process, whose nodes name their callers. Times are µs on the monotonic clock. Either an object with
 * `traceEvents` or a bare array; one that was cut off opens up to its last whole event. Functions and lines of scripts whose source map
 * the trace carries are the original ones.
 * Source: chrome-devtools-frontend, models/trace/handlers/SamplesHandler.ts; the Trace Event Format document.
 *
 * @throws FORMAT_MALFORMED (with the byte offset where the JSON is broken); FORMAT_UNKNOWN for a trace without CPU profiles;
 * FORMAT_TOO_LARGE.
 */
function importChromeTrace(bytes: Uint8Array, { heapBytes, onRemark }: ImportOptions): Profile {
  const trace = parseTrace(bytes, isNeeded, heapBytes);
  const events = isObject(trace) ? trace['traceEvents'] : trace;
  if (!Array.isArray(events)) throw malformed('its list of traceEvents is missing');
  const profiles = collectProfiles(events as unknown[]);
  if (profiles.length === 0) {
    throw new SlowpathError(
      'FORMAT_UNKNOWN',
      'This Chrome trace has no CPU profile: record it with the category disabled-by-default-v8.cpu_profiler.',
    );
  }
  const nameOf = threadNames(events as unknown[]);
  const scripts = new TraceScripts(trace, events as unknown[], heapBytes);
  const profile = mergeProfiles(
    profiles.map(({ pid, tid, isWhole, startUs, endUs, nodes, samples, timeDeltas, lines }) => {
      const whole = isWhole ? { nodes, samples } : withLost(nodes, samples);
      const ticked = withLines(whole.nodes, whole.samples, lines);
      const mapped = ticked.map((node) => scripts.mapped(node, pid));
      const json = { nodes: mapped, samples: whole.samples, timeDeltas, startTime: startUs, endTime: endUs };
      return importCpuProfile(json, { pid, tid, name: nameOf(pid, tid) });
    }),
  );
  const remark = scripts.remark();
  if (remark !== null) onRemark?.(remark);
  return profile;
}

export const chromeTraceImporter: Importer = {
  id: 'chrome-trace',
  label: 'a Chrome trace with CPU profiles',
  sniff: ({ json }) =>
    json !== null &&
    (json.root === 'object' ? json.keys.has('traceEvents') : json.keys.has('ph') && json.keys.has('pid')),
  read: (bytes, options) => importChromeTrace(bytes, options),
};

const neededNames: readonly unknown[] = ['CpuProfile', 'Profile', 'ProfileChunk', 'thread_name', 'process_name'];

function isNeeded(event: unknown): boolean {
  return (isObject(event) && neededNames.includes(event['name'])) || isOfScripts(event);
}

/** Chunks belong to the profile of the same id and process; those of a profile whose begin was lost have no use. */
function collectProfiles(events: readonly unknown[]): ThreadProfile[] {
  const profiles = new Map</* pid and id */ string, ThreadProfile>();
  for (const [index, event] of events.entries()) {
    if (!isObject(event)) continue;
    if (event['name'] === 'CpuProfile') addWhole(event, index, profiles);
    const isStart = event['name'] === 'Profile';
    if (!isStart && event['name'] !== 'ProfileChunk') continue;
    const data = dataOf(event);
    const key = `${String(event['pid'])}/${String(event['id'])}`;
    if (isStart) {
      if (profiles.size >= mostThreads) throw tooLarge(`CPU profiles of more than ${mostThreads} threads`);
      if (!profiles.has(key)) profiles.set(key, beginProfile(event, data, false));
    } else {
      const profile = profiles.get(key);
      if (profile) addChunk(profile, data, index);
    }
  }
  return [...profiles.values()].filter(({ nodes }) => nodes.length > 0);
}

/** Before 2017 a thread's profile was one event, with the nodes of a .cpuprofile. */
function addWhole(event: JsonObject, index: number, profiles: Map<string, ThreadProfile>): void {
  const whole = dataOf(event)['cpuProfile'];
  if (!isObject(whole)) return;
  if (profiles.size >= mostThreads) throw tooLarge(`CPU profiles of more than ${mostThreads} threads`);
  const profile = beginProfile(event, whole, true);
  const cpuProfile = { ...whole, nodes: withoutAbsent(listOf(whole['nodes'])) };
  addChunk(profile, { cpuProfile, endTime: whole['endTime'] }, index);
  profiles.set(`whole ${profiles.size}`, profile);
}

/** A trace that was cut to a smaller one names callees that are gone; a sample of theirs would still be a fault. */
function withoutAbsent(nodes: readonly unknown[]): readonly unknown[] {
  const ids = new Set(nodes.map((node) => isObject(node) && node['id']));
  return nodes.map((node) =>
    isObject(node) && Array.isArray(node['children'])
      ? { ...node, children: (node['children'] as unknown[]).filter((id) => ids.has(id as number)) }
      : node,
  );
}

/**
 * Chrome records into a ring: the first chunks of a long profile may be overwritten, and with them nodes that later ones go on from. What they called
 * hangs under a node of its own then, with the samples of lost nodes.
 */
function withLost(
  nodes: readonly JsonObject[],
  samples: readonly unknown[],
): { readonly nodes: readonly JsonObject[]; readonly samples: readonly unknown[] } {
  const ids = new Set(nodes.map((node) => node['id']));
  const isLost = (id: unknown): boolean => typeof id === 'number' && !ids.has(id);
  if (!nodes.some((node) => isLost(node['parent'])) && !samples.some(isLost)) return { nodes, samples };
  let id = 0;
  while (ids.has(id)) id++;
  const root = nodes.find((node) => node['parent'] === undefined && isObject(node['callFrame']));
  const lost = { id, parent: root?.['id'], callFrame: { functionName: '(lost)', url: '' } };
  const linked = nodes.map((node) => (isLost(node['parent']) ? { ...node, parent: id } : node));
  return { nodes: [...linked, lost], samples: samples.map((sample) => (isLost(sample) ? id : sample)) };
}

function beginProfile(event: JsonObject, data: JsonObject, isWhole: boolean): ThreadProfile {
  const startUs = data['startTime'] ?? event['ts'];
  if (!isFiniteNumber(startUs)) throw malformed('the start time of a Profile event is missing');
  const endUs = isFiniteNumber(data['endTime']) ? data['endTime'] : undefined;
  const [pid, tid] = [idOf(event['pid']), idOf(event['tid'])];
  return { pid, tid, isWhole, startUs, endUs, nodes: [], samples: [], timeDeltas: [], lines: [] };
}

function addChunk(profile: ThreadProfile, data: JsonObject, index: number): void {
  const cpuProfile = isObject(data['cpuProfile']) ? data['cpuProfile'] : {};
  const samples = listOf(cpuProfile['samples']);
  for (const node of listOf(cpuProfile['nodes'])) {
    if (!isObject(node)) throw malformed(`events[${index}] has a node that is none`);
    profile.nodes.push(node);
  }
  for (const sample of samples) profile.samples.push(sample);
  const deltas = listOf(data['timeDeltas'] ?? cpuProfile['timeDeltas']);
  if (deltas.length !== samples.length)
    throw malformed(`events[${index}] has ${samples.length} samples but ${deltas.length} time deltas`);
  for (const delta of deltas) profile.timeDeltas.push(delta);
  const lines = listOf(data['lines']);
  for (let row = 0; row < samples.length; row++) profile.lines.push(lines[row] ?? 0);
  if (isFiniteNumber(data['endTime'])) profile.endUs = data['endTime'];
}

/** The line of each sample as the `positionTicks` that a .cpuprofile has. */
function withLines(
  nodes: readonly JsonObject[],
  samples: readonly unknown[],
  lines: readonly unknown[],
): readonly JsonObject[] {
  const ticksOf = new Map</* node's id */ unknown, Map<number, number>>();
  for (const [row, id] of samples.entries()) {
    const line = lines[row];
    if (!isFiniteNumber(line) || line < 1) continue;
    const ticks = ticksOf.get(id) ?? new Map<number, number>();
    ticksOf.set(id, ticks);
    ticks.set(line, (ticks.get(line) ?? 0) + 1);
  }
  return nodes.map((node) => {
    const ticks = ticksOf.get(node['id']);
    return ticks ? { ...node, positionTicks: Array.from(ticks, ([line, count]) => ({ line, ticks: count })) } : node;
  });
}

/** Metadata may stand anywhere in the trace. A thread goes by its own name, or its process's. */
function threadNames(events: readonly unknown[]): (pid: number, tid: number) => string {
  const names = new Map<string, string>();
  for (const event of events) {
    if (!isObject(event) || event['ph'] !== 'M' || !isObject(event['args'])) continue;
    const name = event['args']['name'];
    if (typeof name !== 'string' || name === '') continue;
    const pid = String(event['pid']);
    if (event['name'] === 'thread_name') names.set(`${pid}/${String(event['tid'])}`, name);
    else if (event['name'] === 'process_name') names.set(pid, name);
  }
  return (pid, tid) => names.get(`${pid}/${tid}`) ?? names.get(String(pid)) ?? 'main';
}

function dataOf(event: JsonObject): JsonObject {
  const args = isObject(event['args']) ? event['args'] : {};
  return isObject(args['data']) ? args['data'] : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function idOf(value: unknown): number {
  return isFiniteNumber(value) ? value : 0;
}
