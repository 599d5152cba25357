import { SlowpathError } from '../../errors.ts';
import { ProfileBuilder } from '../builder.ts';
import type { Profile } from '../tables.ts';
import { readPlain } from './cpuprofileBytes.ts';
import { type NodeList, readNodes } from './cpuprofileNodes.ts';
import { readSamples, type SampleFields } from './cpuprofileSamples.ts';
import { isObject, type JsonObject } from './fields.ts';
import { buildStacks } from './cpuprofileStacks.ts';
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
export function importCpuProfile(source: unknown, origin: CpuProfileOrigin = {}, heapBytes?: number): Profile {
  const plain = source instanceof Uint8Array ? readPlain(source) : null;
  const { nodes, fields } = plain ?? readAny(source instanceof Uint8Array ? parseJson(source, { heapBytes }) : source);
  const samples = readSamples(fields, nodes);
  const builder = new ProfileBuilder();
  const stackOfNode = buildStacks(nodes, builder);
  const thread = builder.thread({
    pid: origin.pid ?? 0,
    tid: origin.tid ?? 0,
    name: origin.name ?? 'main',
    target: origin.target ?? '',
  });
  const { intervalUs = 0 } = origin;
  const profile = builder.build({ intervalUs, startUs: samples.startUs, endUs: samples.endUs });
  const { timeUs, weightUs, node } = samples;
  const { length } = node;
  const stack = node.map((index) => stackOfNode[index] ?? 0);
  return { ...profile, samples: { length, timeUs, weightUs, stack, thread: new Int32Array(length).fill(thread) } };
}

function readAny(json: unknown): { readonly nodes: NodeList; readonly fields: SampleFields } {
  if (!isCpuProfile(json)) {
    throw new SlowpathError(
      'FORMAT_UNKNOWN',
      'This is not a V8 CPU profile: it has neither a list of nodes nor a head.',
    );
  }
  return { nodes: readNodes(json), fields: json };
}

/** How the list of nodes begins: told from the head, or the whole of a big file would be walked for the keys behind the list. */
const firstNode = /"nodes"\s*:\s*\[\s*\{[^[\]{}]*"callFrame"\s*:\s*\{/;

export const cpuProfileImporter: Importer = {
  id: 'cpuprofile',
  label: 'V8 .cpuprofile',
  sniff: ({ json, text }) =>
    json?.root === 'object' &&
    (json.keys.has('head') ||
      (json.keys.has('nodes') &&
        (firstNode.test(text) || ['startTime', 'endTime', 'timeDeltas', 'samples'].some((key) => json.keys.has(key))))),
  read: (bytes, { heapBytes }) => importCpuProfile(bytes, {}, heapBytes),
};

/** Whether parsed JSON looks like a V8 CPU profile of any age. */
function isCpuProfile(json: unknown): json is JsonObject {
  if (!isObject(json)) return false;
  if (isObject(json['head'])) return true;
  return Array.isArray(json['nodes']) && ('startTime' in json || 'timeDeltas' in json || 'samples' in json);
}
