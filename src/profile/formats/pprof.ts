import { SlowpathError } from '../../errors.ts';
import { ProfileBuilder } from '../builder.ts';
import { Float64Column, Int32Column } from '../columns.ts';
import type { Profile } from '../tables.ts';
import type { Importer } from './importer.ts';
import { PprofStacks } from './pprofStacks.ts';
import { readPprofTables, type PprofTables, type ValueType } from './pprofTables.ts';
import { PprofThreads } from './pprofThreads.ts';
import { chooseType, choiceOf } from './pprofTypes.ts';
import { ProtoReader } from './protobuf.ts';
import { malformed } from './fields.ts';
import { unitScale } from './units.ts';

/** A column of offsets holds them in 32 bits. */
const mostBytes = 2 ** 31 - 1;

/**
 * pprof's profile.proto (Go, py-spy, pprof-rs, Datadog, Parca …). Of several sample types the one named, else the file's
 * default, else the last, as `go tool pprof` chooses; but none with negative values, which have no width: what a heap held
 * less of at the end of a window. Samples carry no times: they are spread evenly over the profile's.
 * Source: github.com/google/pprof, proto/profile.proto.
 */
export const pprofImporter: Importer = {
  id: 'pprof',
  label: 'pprof',
  sniff: ({ bytes, json }) => json === null && looksLikePprof(bytes),
  read: (bytes, { type, onTypes }) => {
    if (bytes.length > mostBytes)
      throw new SlowpathError(
        'FORMAT_TOO_LARGE',
        "A pprof file of more than 2 GB can't be opened: record a shorter time.",
      );
    const tables = readPprofTables(bytes);
    const falling = new Set</* index of a type */ number>();
    for (;;) {
      const chosen = chooseType(tables, type, falling);
      const profile = buildProfile(bytes, tables, chosen, falling);
      if (!profile) continue;
      const choice = choiceOf(tables, chosen, falling);
      if (choice) onTypes?.(choice);
      return profile;
    }
  },
};

/** @param falling takes the types of which a sample has less than none; null if the chosen one is among them */
function buildProfile(bytes: Uint8Array, tables: PprofTables, chosen: number, falling: Set<number>): Profile | null {
  const builder = new ProfileBuilder();
  const stacks = new PprofStacks(tables.locations, builder, bytes.length);
  const threads = new PprofThreads(tables.text, builder);
  const rows = readSamples(bytes, tables, { chosen, falling, stacks, threads });
  if (falling.has(chosen)) return null;
  const type = tables.types[chosen] ?? { name: '', unit: '' };
  const { unit, factor } = unitScale(type.unit);
  const perTick = periodOf(tables, type) || 1;
  const scale = Math.min(1 / perTick, mostTicks / Math.max(rows.sum, 1));
  const startUs = tables.timeNanos / 1e3;
  const lengthUs = tables.durationNanos > 0 ? tables.durationNanos / 1e3 : unit === 'us' ? rows.sum * factor : 0;
  for (let row = 0; row < rows.stack.length; row++) {
    const value = rows.value.at(row);
    const stack = rows.stack.at(row);
    const line = rows.line.at(row);
    if (line > 0 && value > 0) builder.ticks(stack, line, Math.max(1, Math.round(value * scale)));
    builder.sample(startUs + (row / rows.stack.length) * lengthUs, value * factor, stack, rows.thread.at(row));
  }
  const { type: periodType, value: period } = tables.period;
  const periodScale = unitScale(periodType.unit);
  return builder.build({
    unit,
    timeless: true,
    intervalUs: periodScale.unit === 'us' ? Math.max(0, period * periodScale.factor) : 0,
    startUs,
    endUs: startUs + lengthUs,
  });
}

/** Ticks of a line only matter against those of its neighbours. */
const mostTicks = 2 ** 30;

/** What one sampled event is worth, where the chosen type is the sampled one: cpu nanoseconds. 0 otherwise. */
function periodOf({ period }: PprofTables, { name, unit }: ValueType): number {
  return period.type.name === name && period.type.unit === unit ? Math.max(0, period.value) : 0;
}

interface SampleRows {
  readonly stack: Int32Column;
  /** Line on top, 0 unknown. */
  readonly line: Int32Column;
  readonly thread: Int32Column;
  /** In the file's unit. */
  readonly value: Float64Column;
  readonly sum: number;
}

interface SampleReading {
  readonly chosen: number;
  /** Takes the types of which a sample has less than none. */
  readonly falling: Set<number>;
  readonly stacks: PprofStacks;
  readonly threads: PprofThreads;
}

function readSamples(
  bytes: Uint8Array,
  { samples, types }: PprofTables,
  { chosen, falling, stacks, threads }: SampleReading,
): SampleRows {
  const rows = {
    stack: new Int32Column(),
    line: new Int32Column(),
    thread: new Int32Column(),
    value: new Float64Column(),
  };
  let sum = 0;
  for (let row = 0; row < samples.length; row += 2) {
    const start = samples.at(row);
    const end = samples.at(row + 1);
    const reader = new ProtoReader(bytes, start, end);
    let values = 0;
    let value = 0;
    stacks.begin(start);
    threads.begin();
    const takeValue = (each: number): void => {
      if (each < 0) falling.add(values);
      if (values++ === chosen) value = each;
    };
    while (reader.next(end)) {
      if (reader.field === 1) reader.keys(stacks.addLocation);
      else if (reader.field === 2) reader.ints(takeValue);
      else if (reader.field === 3) threads.readLabel(reader);
      else reader.skip();
    }
    if (values !== types.length)
      throw malformed(`the sample at byte ${start} has ${values} values for ${types.length} types`);
    sum += value;
    rows.stack.push(stacks.end());
    rows.line.push(stacks.topLine);
    rows.thread.push(threads.end());
    rows.value.push(value);
  }
  return { ...rows, sum };
}

/** The wire type of profile.proto's outermost fields: 0 a number, 2 a message or text; comments (13) may be either. */
const wireTypes = [-1, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 2, 0, -1, 0, 0];

/** Whether all fields in the head could be those of a profile, a type of samples among them. Other data fails at once. */
function looksLikePprof(head: Uint8Array): boolean {
  let types = 0;
  let at = 0;
  const varint = (): number => {
    let value = 0;
    let factor = 1;
    for (let byte = 128; byte >= 128 && at < head.length; factor *= 128) {
      byte = head[at++] ?? 0;
      value += (byte & 127) * factor;
    }
    return value;
  };
  while (at < head.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    const expected = wireTypes[field] ?? -1;
    if (field === 0 || (expected >= 0 && wire !== expected)) return false;
    if (wire === 0) varint();
    else if (wire === 2) {
      const length = varint();
      if (field === 1) {
        if (!isValueType(head.subarray(at, at + length))) return false;
        types++;
      }
      at += length;
    } else return false;
  }
  return types > 0;
}

/** Two small numbers with the tags 1 and 2. */
function isValueType(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes.length <= 12 && (bytes[0] === 0x08 || bytes[0] === 0x10);
}
