import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SlowpathError } from '../../../src/errors.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { parseTrace } from '../../../src/profile/formats/traceJson.ts';
import { callTree } from '../../../src/profile/queries/callTree.ts';
import { aggregateFunctions } from '../../../src/profile/queries/functions.ts';
import { aggregateLines } from '../../../src/profile/queries/lines.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import { assertSound } from './invariants.ts';
import { mutated, seededRandom } from './mutations.ts';

const folder = join(import.meta.dirname, '../../fixtures/profiles');
const read = (name: string): Uint8Array => readFileSync(join(folder, name));

/** Real files of each format, in the form whose damage reaches the importer, and one packed. */
export const fuzzedFiles: Readonly<Record<string, () => Uint8Array>> = {
  'pprof cpu': () => gunzipSync(read('go/go-cpu.pb.gz')),
  'pprof heap': () => gunzipSync(read('go/go-heap.pb.gz')),
  'pprof gzip': () => read('go/go-mutex.pb.gz'),
  collapsed: () => read('python.collapsed'),
  speedscope: () => read('python.speedscope.json'),
  heapprofile: () => read('v8-heap.heapprofile'),
  cpuprofile: () => read('recursion.cpuprofile'),
  // The begin of each, whose samples are like the rest: damage to it hits more of what is read.
  'perf script with sources': () => read('perf/native.perf.txt').subarray(0, 30_000),
  'perf script of Node': () => read('perf/render.perf.txt').subarray(0, 30_000),
  'chrome trace': () => read('chrome/page-and-worker.json'),
  'V8 log': () => read('v8log/render.json'),
  firefox: () => read('firefox.json'),
};

export interface FuzzResult {
  opened: number;
  refused: number;
  /** CPU time of the slowest input, import and queries. */
  slowestMs: number;
}

/** Imports `count` damaged versions of a file; throws at the first that breaks a promise, with the seed that makes it. */
export function fuzz(name: string, count: number, seed: number): FuzzResult {
  const file = fuzzedFiles[name]?.() ?? new Uint8Array();
  assert.ok(file.length > 0, name);
  const result: FuzzResult = { opened: 0, refused: 0, slowestMs: 0 };
  for (let row = 0; row < count; row++) {
    const bytes = mutated(file, seededRandom(seed + row));
    const before = process.cpuUsage();
    try {
      if (opens(bytes)) result.opened++;
      else result.refused++;
    } catch (error) {
      throw new Error(`${name}, seed ${seed + row}: ${String(error)}`, { cause: error });
    }
    const { user, system } = process.cpuUsage(before);
    const tookMs = (user + system) / 1000;
    // The processor's time: how long one waits says more about the machine's other work.
    assert.ok(tookMs < 2000, `${name}, seed ${seed + row}: ${tookMs} ms`);
    result.slowestMs = Math.max(result.slowestMs, tookMs);
  }
  return result;
}

/** Whether the bytes open; if so, every promise of a profile holds, and if not, the error is one of ours that says where. */
export function opens(bytes: Uint8Array): boolean {
  let profile: Profile;
  try {
    profile = importProfile(bytes);
  } catch (error) {
    assert.ok(error instanceof SlowpathError && error.code.startsWith('FORMAT_'), String(error));
    assert.ok(!error.message.includes('\n') && error.message.length < 1000, error.message);
    // JSON that parses has no bytes any more: what is wrong in it is told by its fields.
    if (error.code === 'FORMAT_MALFORMED' && !parses(bytes)) assert.match(error.message, /\bbyte \d+/);
    return false;
  }
  assertSound(profile);
  const weights = sliceWindows(profile);
  const { selfUs, totalUs } = aggregateFunctions(profile, weights);
  for (const [frame, self] of selfUs.entries()) {
    assert.ok(self <= (totalUs[frame] ?? 0) + 1e-6 * weights.sumUs);
    assert.ok((totalUs[frame] ?? 0) <= weights.sumUs * (1 + 1e-9));
  }
  aggregateLines(profile, weights);
  callTree(profile, weights);
  return true;
}

/** Whether it is JSON, or a trace that was cut off: one counts up to its last whole event. */
function parses(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  try {
    if (text.includes('"traceEvents"')) parseTrace(bytes, () => true);
    else JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
