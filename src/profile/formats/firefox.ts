import { SlowpathError } from '../../errors.ts';
import { ProfileBuilder } from '../builder.ts';
import type { Profile, ProfileUnit } from '../tables.ts';
import { isFiniteNumber, isObject, malformed, tooLarge, type JsonObject } from './fields.ts';
import { firefoxTables, listOf } from './firefoxTables.ts';
import { buildFirefoxStacks } from './firefoxStacks.ts';
import type { Importer, ImportOptions } from './importer.ts';
import { parseJson } from './json.ts';

const mostThreads = 10_000;
/** Beyond it a double no longer tells microseconds apart. */
const maxTimeMs = 2 ** 53 / 1000;

/**
 * A Firefox profile in its processed form, as profiler.firefox.com and samply save it, of any version: tables per thread or
 * shared (56 and later), stacks by prefix or by its offset (66), times or their differences (50). Times are ms from the
 * profile's own start, so that they stand on no host's clock.
 * Source: firefox-devtools/profiler, docs-developer/CHANGELOG-formats.md and src/types/profile.ts.
 *
 * @throws FORMAT_MALFORMED, FORMAT_TOO_LARGE.
 */
function importFirefox(bytes: Uint8Array, { heapBytes }: ImportOptions): Profile {
  const json = parseJson(bytes, { heapBytes });
  const threads = isObject(json) ? json['threads'] : null;
  if (!isObject(json) || !Array.isArray(threads)) throw malformed('its list of threads is missing');
  if (threads.length > mostThreads) throw tooLarge(`more than ${mostThreads} threads`);
  const meta = isObject(json['meta']) ? json['meta'] : {};
  const intervalMs = isFiniteNumber(meta['interval']) && meta['interval'] > 0 ? meta['interval'] : 1;
  const builder = new ProfileBuilder();
  const units = new Set<ProfileUnit>();
  const covered = { startUs: Number.POSITIVE_INFINITY, endUs: Number.NEGATIVE_INFINITY };
  for (const [index, thread] of (threads as unknown[]).entries()) {
    if (!isObject(thread)) throw malformed(`threads[${index}] is not a thread`);
    const unit = unitOf(thread, meta);
    // Bytes and time have no sum: the first thread with samples decides.
    if (units.size > 0 && !units.has(unit)) continue;
    if (addThread(json, thread, index, unit === 'us' ? intervalMs : 0, builder, covered)) units.add(unit);
  }
  const [unit = 'us'] = units;
  const empty = covered.startUs > covered.endUs;
  return builder.build({
    unit,
    intervalUs: intervalMs * 1000,
    startUs: empty ? 0 : covered.startUs,
    endUs: empty ? 0 : covered.endUs,
  });
}

export const firefoxImporter: Importer = {
  id: 'firefox',
  label: 'a processed Firefox profile',
  sniff: ({ json, text }) =>
    json?.root === 'object' &&
    ((json.keys.has('meta') && json.keys.has('threads')) || text.includes('"preprocessedProfileVersion"')),
  read: (bytes, options) => importFirefox(bytes, options),
};

/** True if the thread has samples. @param intervalMs 0 where weights are no time. */
function addThread(
  profile: JsonObject,
  thread: JsonObject,
  index: number,
  intervalMs: number,
  builder: ProfileBuilder,
  covered: { startUs: number; endUs: number },
): boolean {
  const samples = isObject(thread['samples']) ? thread['samples'] : {};
  if (samples['schema'] !== undefined)
    throw new SlowpathError(
      'FORMAT_UNKNOWN',
      `This is a raw Gecko profile${versionOf(profile)}: open it at profiler.firefox.com and save it from there.`,
    );
  const stacks = listOf(samples['stack']);
  if (stacks.length === 0) return false;
  const built = buildFirefoxStacks(firefoxTables(profile, thread), builder, index);
  const timeUs = timesOf(samples, stacks.length, intervalMs === 0 ? 1 : intervalMs, index);
  const weightOf = weights(samples, intervalMs);
  const id = builder.thread({
    pid: numberOf(thread['pid']),
    tid: numberOf(thread['tid']),
    name: nameOf(thread, index),
    target: '',
  });
  for (const row of inOrder(timeUs)) {
    const stack = stacks[row];
    // No stack: nothing was running.
    if (stack === null || stack === undefined) continue;
    const top = typeof stack === 'number' ? stack : -1;
    const own = built.stack[top];
    if (own === undefined) throw malformed(`threads[${index}].samples.stack[${row}] is no stack`);
    const at = timeUs[row] ?? 0;
    const weight = weightOf(row);
    const line = built.line[top] ?? 0;
    if (line > 0 && weight > 0) builder.ticks(own, line, 1);
    builder.sample(at, weight, own, id);
    covered.startUs = Math.min(covered.startUs, at);
    covered.endUs = Math.max(covered.endUs, at + weight);
  }
  return true;
}

function versionOf({ meta }: JsonObject): string {
  return isObject(meta) && isFiniteNumber(meta['version']) ? ` of version ${meta['version']}` : '';
}

/** `time`, or since version 50 `timeDeltas`; a size profile has neither. */
function timesOf(samples: JsonObject, count: number, intervalMs: number, thread: number): Float64Array {
  const deltas = samples['timeDeltas'];
  const column = listOf(deltas ?? samples['time']);
  const timeUs = new Float64Array(count);
  let nowMs = 0;
  for (let row = 0; row < count; row++) {
    const value = column.length === 0 ? row * intervalMs : column[row];
    if (!isFiniteNumber(value)) throw malformed(`threads[${thread}].samples has no time for row ${row}`);
    nowMs = deltas === undefined || column.length === 0 ? value : nowMs + value;
    if (!(Math.abs(nowMs) <= maxTimeMs)) throw malformed(`threads[${thread}].samples: row ${row} is not a time`);
    timeUs[row] = nowMs * 1000;
  }
  return timeUs;
}

/** In µs: intervals for counted samples, milliseconds for traced ones; bytes as they are. Diffs' negative weights are none. */
function weights(samples: JsonObject, intervalMs: number): (row: number) => number {
  const column = listOf(samples['weight']);
  const factor = intervalMs === 0 ? 1 : samples['weightType'] === 'tracing-ms' ? 1000 : intervalMs * 1000;
  return (row) => {
    const weight = column.length === 0 ? 1 : column[row];
    return isFiniteNumber(weight) && weight > 0 ? Math.min(weight * factor, 2 ** 53) : 0;
  };
}

function unitOf(thread: JsonObject, meta: JsonObject): ProfileUnit {
  const samples = isObject(thread['samples']) ? thread['samples'] : {};
  const units = isObject(meta['sampleUnits']) ? meta['sampleUnits'] : {};
  return samples['weightType'] === 'bytes' || units['time'] === 'bytes' ? 'bytes' : 'us';
}

function inOrder(timeUs: Float64Array): Iterable<number> {
  for (let row = 1; row < timeUs.length; row++) {
    if ((timeUs[row] ?? 0) < (timeUs[row - 1] ?? 0))
      return Int32Array.from(timeUs.keys()).sort((a, b) => (timeUs[a] ?? 0) - (timeUs[b] ?? 0) || a - b);
  }
  return timeUs.keys();
}

function nameOf(thread: JsonObject, index: number): string {
  const name = typeof thread['name'] === 'string' ? thread['name'] : `thread ${index}`;
  const process = thread['processName'];
  return typeof process === 'string' && process !== '' && process !== name ? `${process}: ${name}` : name;
}

/** Ids became text, `123.1` for the second process of the same number. */
function numberOf(value: unknown): number {
  const number = Math.trunc(Number(value));
  return (typeof value === 'string' || typeof value === 'number') && Number.isSafeInteger(number) ? number : 0;
}
