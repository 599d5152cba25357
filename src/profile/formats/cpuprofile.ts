import { SlowpathError } from '../../errors.ts';
import { ProfileBuilder } from '../builder.ts';
import { pathOfUrl } from '../classify.ts';
import type { Profile } from '../tables.ts';
import { readNodes, type NodeList } from './cpuprofileNodes.ts';
import { readSamples } from './cpuprofileSamples.ts';
import { isObject, malformed, type JsonObject } from './fields.ts';
import type { Importer } from './importer.ts';
import { parseJson } from './json.ts';

/** Who the profile belongs to; an imported file says nothing about it. */
export interface CpuProfileOrigin {
  /** The plan's name of the target. */
  readonly target?: string;
  readonly pid?: number;
  readonly tid?: number;
  /** Name of the thread. */
  readonly name?: string;
  /** What the collector was asked for. */
  readonly intervalUs?: number;
}

/**
 * A V8 CPU profile as tables: `Profiler.stop`'s answer, `--cpu-prof` files, and what DevTools saves (the same, or the old
 * form with a nested `head` and `timestamps`). Sample i was taken at startTime + Σ timeDeltas[0…i] and stands for the
 * time until the next one, the last until endTime. Deltas may be negative (V8 records out of order): samples are sorted.
 * Without samples, hit counts are spread evenly over the profile's time, so that totals stand though their order doesn't.
 * Source: chrome-devtools-frontend, CPUProfileDataModel; V8, src/profiler/profile-generator.cc.
 *
 * @param source the file's bytes, or the parsed JSON.
 * @throws FORMAT_TOO_LARGE, FORMAT_MALFORMED (with a byte offset where the JSON itself is broken), FORMAT_UNKNOWN.
 */
export function importCpuProfile(source: unknown, origin: CpuProfileOrigin = {}): Profile {
  const json = source instanceof Uint8Array ? parseJson(source) : source;
  if (!isCpuProfile(json)) {
    throw new SlowpathError(
      'FORMAT_UNKNOWN',
      'This is not a V8 CPU profile: it has neither a list of nodes nor a head.',
    );
  }
  const nodes = readNodes(json);
  const samples = readSamples(json, nodes);
  const builder = new ProfileBuilder();
  const stackOfNode = buildStacks(nodes, builder);
  const thread = builder.thread({
    pid: origin.pid ?? 0,
    tid: origin.tid ?? 0,
    name: origin.name ?? 'main',
    target: origin.target ?? '',
  });
  for (let row = 0; row < samples.node.length; row++) {
    builder.sample(
      samples.timeUs[row] ?? 0,
      samples.weightUs[row] ?? 0,
      stackOfNode[samples.node[row] ?? 0] ?? 0,
      thread,
    );
  }
  return builder.build({ intervalUs: origin.intervalUs ?? 0, startUs: samples.startUs, endUs: samples.endUs });
}

export const cpuProfileImporter: Importer = {
  id: 'cpuprofile',
  label: 'V8 .cpuprofile',
  sniff: ({ json }) =>
    json?.root === 'object' &&
    (json.keys.has('head') ||
      (json.keys.has('nodes') && ['startTime', 'endTime', 'timeDeltas', 'samples'].some((key) => json.keys.has(key)))),
  read: (bytes) => importCpuProfile(bytes),
};

/** Whether parsed JSON looks like a V8 CPU profile of any age. */
function isCpuProfile(json: unknown): json is JsonObject {
  if (!isObject(json)) return false;
  if (isObject(json['head'])) return true;
  return Array.isArray(json['nodes']) && ('startTime' in json || 'timeDeltas' in json || 'samples' in json);
}

/** Stacks of all nodes, callers first; walks without recursion, so that any depth is good. */
function buildStacks(nodes: NodeList, builder: ProfileBuilder): Int32Array {
  const count = nodes.raw.length;
  const firstChild = new Int32Array(count).fill(-1);
  const nextSibling = new Int32Array(count).fill(-1);
  const pending: number[] = [];
  for (let node = count - 1; node >= 0; node--) {
    const parent = nodes.parent[node] ?? -1;
    if (parent < 0) {
      pending.push(node);
    } else {
      nextSibling[node] = firstChild[parent] ?? -1;
      firstChild[parent] = node;
    }
  }
  const stackOfNode = new Int32Array(count).fill(-1);
  const paths = new Map</* URL */ string, string>();
  let reached = 0;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    reached++;
    const parent = nodes.parent[node] ?? -1;
    const stack = builder.stack(
      parent < 0 ? -1 : (stackOfNode[parent] ?? -1),
      buildFrame(nodes.raw[node], paths, builder),
    );
    stackOfNode[node] = stack;
    addTicks(nodes.raw[node], stack, builder);
    for (let child = firstChild[node] ?? -1; child >= 0; child = nextSibling[child] ?? -1) pending.push(child);
  }
  if (reached < count) throw malformed(`${count - reached} of its ${count} nodes call each other in a circle`);
  return stackOfNode;
}

/** V8 counts lines and columns from 0, with -1 for none; the old form holds the fields in the node itself. */
function buildFrame(node: JsonObject | undefined, paths: Map<string, string>, builder: ProfileBuilder): number {
  const frame = isObject(node?.['callFrame']) ? node['callFrame'] : node;
  const name = frame?.['functionName'];
  const url = frame?.['url'];
  const line = frame?.['lineNumber'];
  const column = frame?.['columnNumber'];
  // The old form's positions are 1-based already.
  const base = frame === node ? 0 : 1;
  const file = typeof url === 'string' ? pathOf(url, paths) : '';
  return builder.frame(
    typeof name === 'string' && name !== '' ? name : '(anonymous)',
    file,
    typeof line === 'number' ? line + base : 0,
    typeof column === 'number' ? column + base : 0,
  );
}

/** Decoding a URL costs more than the rest of a frame, and a profile has few files. */
function pathOf(url: string, paths: Map<string, string>): string {
  let path = paths.get(url);
  if (path === undefined) {
    path = pathOfUrl(url);
    paths.set(url, path);
  }
  return path;
}

function addTicks(node: JsonObject | undefined, stack: number, builder: ProfileBuilder): void {
  const ticks = node?.['positionTicks'];
  if (!Array.isArray(ticks)) return;
  for (const tick of ticks as unknown[]) {
    if (!isObject(tick)) continue;
    const line = tick['line'];
    const count = tick['ticks'];
    if (typeof line === 'number' && typeof count === 'number' && line >= 1 && count >= 1)
      builder.ticks(stack, line, count);
  }
}
