import { SlowpathError } from '../../errors.ts';
import { ProfileBuilder } from '../builder.ts';
import type { Profile } from '../tables.ts';
import { readNodes } from './cpuprofileNodes.ts';
import { readSamples } from './cpuprofileSamples.ts';
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
  read: (bytes) => importCpuProfile(bytes),
};

/** Whether parsed JSON looks like a V8 CPU profile of any age. */
function isCpuProfile(json: unknown): json is JsonObject {
  if (!isObject(json)) return false;
  if (isObject(json['head'])) return true;
  return Array.isArray(json['nodes']) && ('startTime' in json || 'timeDeltas' in json || 'samples' in json);
}
