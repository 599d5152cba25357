import type { SlowpathError } from '../../errors.ts';
import type { NodeList } from './cpuprofileNodes.ts';
import { isFiniteNumber, malformed } from './fields.ts';

/** What of a file its samples are read from; nobody has checked it yet. */
export interface SampleFields {
  readonly startTime?: unknown;
  readonly endTime?: unknown;
  readonly samples?: unknown;
  readonly timeDeltas?: unknown;
  readonly timestamps?: unknown;
}

/** Samples in order of time. Times in µs on V8's clock, which is the host's monotonic one. */
export interface SampleList {
  readonly timeUs: Float64Array;
  readonly weightUs: Float64Array;
  /** Index into the list of nodes. */
  readonly node: Int32Array;
  readonly startUs: number;
  readonly endUs: number;
}

/** Beyond it a double no longer tells microseconds apart. */
const maxTimeUs = 2 ** 53;

/** @throws FORMAT_MALFORMED for samples of unknown nodes and times that are not finite numbers. */
export function readSamples(json: SampleFields, nodes: NodeList): SampleList {
  const unit = nodes.nested ? 1e6 : 1;
  const startUs = time(json.startTime, 'startTime', 0) * unit;
  const endUs = time(json.endTime, 'endTime', Number.NaN) * unit;
  const ids = json.samples;
  if (ids !== undefined && ids !== null && !isList(ids)) throw malformed('samples is not a list');
  if (!ids || (ids.length === 0 && nodes.length > 0)) return fromHitCounts(nodes, startUs, endUs);
  const node = sampledNodes(ids, nodes);
  const timeUs = sampleTimes(json, node.length, startUs, endUs);
  return inOrder(node, timeUs, startUs, endUs);
}

/** A list of JSON, or a column that was read from its bytes. */
function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || value instanceof Int32Array || value instanceof Float64Array;
}

function sampledNodes(ids: ArrayLike<unknown>, nodes: NodeList): Int32Array {
  const node = new Int32Array(ids.length);
  for (let row = 0; row < ids.length; row++) {
    const index = nodes.indexOf(ids[row]);
    if (index < 0) throw malformed(`samples[${row}] is of a node that is not in the file`);
    node[row] = index;
  }
  return node;
}

function sampleTimes(json: SampleFields, count: number, startUs: number, endUs: number): Float64Array {
  const deltas = json.timeDeltas;
  const stamps = json.timestamps;
  const timeUs = new Float64Array(count);
  if (isList(deltas)) {
    if (deltas.length !== count) throw malformed(`it has ${count} samples but ${deltas.length} time deltas`);
    let now = startUs;
    for (let row = 0; row < count; row++) {
      const delta = deltas[row];
      if (!isTime(delta)) throw notATime(`timeDeltas[${row}]`);
      now += delta;
      if (!isTime(now)) throw notATime(`the sum of timeDeltas up to ${row}`);
      timeUs[row] = now;
    }
  } else if (isList(stamps)) {
    if (stamps.length !== count) throw malformed(`it has ${count} samples but ${stamps.length} timestamps`);
    for (let row = 0; row < count; row++) {
      const stamp = stamps[row];
      if (!isTime(stamp)) throw notATime(`timestamps[${row}]`);
      timeUs[row] = stamp;
    }
  } else {
    const stepUs = Number.isFinite(endUs) && endUs > startUs ? (endUs - startUs) / count : 1000;
    for (let row = 0; row < count; row++) timeUs[row] = startUs + row * stepUs;
  }
  return timeUs;
}

/** Sorts where needed and gives each sample the time until the next. */
function inOrder(node: Int32Array, timeUs: Float64Array, startUs: number, endUs: number): SampleList {
  const count = node.length;
  sortByTime(node, timeUs);
  const weightUs = new Float64Array(count);
  for (let row = 0; row + 1 < count; row++) weightUs[row] = (timeUs[row + 1] ?? 0) - (timeUs[row] ?? 0);
  const first = timeUs[0] ?? startUs;
  const last = timeUs[count - 1] ?? startUs;
  // The old form's start may be on another clock than its timestamps: then the samples decide.
  const sameClock = first >= startUs && first - startUs < 3600e6 && endUs >= last && endUs - last < 3600e6;
  if (count > 0) weightUs[count - 1] = sameClock ? endUs - last : medianOf(weightUs.subarray(0, count - 1));
  const covered = last + (weightUs[count - 1] ?? 0);
  return { timeUs, weightUs, node, startUs: sameClock ? startUs : first, endUs: sameClock ? endUs : covered };
}

/** V8 swaps a few neighbours: insertion is linear then. A file that is shuffled all over gets a real sort instead. */
function sortByTime(node: Int32Array, timeUs: Float64Array): void {
  let budget = timeUs.length * 16;
  for (let row = 1; row < timeUs.length; row++) {
    const stamp = timeUs[row] ?? 0;
    const sampled = node[row] ?? 0;
    let place = row;
    for (; place > 0 && (timeUs[place - 1] ?? 0) > stamp && budget > 0; place--, budget--) {
      timeUs[place] = timeUs[place - 1] ?? 0;
      node[place] = node[place - 1] ?? 0;
    }
    timeUs[place] = stamp;
    node[place] = sampled;
  }
  if (budget > 0) return;
  const order = Int32Array.from(timeUs.keys()).sort((a, b) => (timeUs[a] ?? 0) - (timeUs[b] ?? 0) || a - b);
  node.set(order.map((row) => node[row] ?? 0));
  timeUs.set(Float64Array.from(order, (row) => timeUs[row] ?? 0));
}

/** One sample a node that was hit, long in proportion to its hits. */
function fromHitCounts(nodes: NodeList, startUs: number, endUs: number): SampleList {
  const hits = Array.from({ length: nodes.length }, (_, node) => {
    const count = nodes.hitCount(node);
    return isFiniteNumber(count) && count >= 1 ? Math.min(Math.floor(count), 2 ** 40) : 0;
  });
  const total = hits.reduce((sum, count) => sum + count, 0);
  const stepUs = endUs > startUs && total > 0 ? (endUs - startUs) / total : 1000;
  const hitNodes = Int32Array.from(hits.keys()).filter((index) => (hits[index] ?? 0) > 0);
  const weightUs = Float64Array.from(hitNodes, (index) => (hits[index] ?? 0) * stepUs);
  const timeUs = new Float64Array(hitNodes.length);
  let now = startUs;
  for (let row = 0; row < hitNodes.length; row++) {
    timeUs[row] = now;
    now += weightUs[row] ?? 0;
  }
  return { timeUs, weightUs, node: hitNodes, startUs, endUs: endUs > now ? endUs : now };
}

function medianOf(values: Float64Array): number {
  return values.length === 0 ? 0 : (values.slice().sort()[values.length >> 1] ?? 0);
}

function time(value: unknown, where: string, missing: number): number {
  if (value === undefined || value === null) return missing;
  if (!isTime(value)) throw notATime(where);
  return value;
}

function isTime(value: unknown): value is number {
  return isFiniteNumber(value) && Math.abs(value) <= maxTimeUs;
}

function notATime(where: string): SlowpathError {
  return malformed(`${where} is not a time`);
}
