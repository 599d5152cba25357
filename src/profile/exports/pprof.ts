import { tierName, type Profile } from '../tables.ts';
import { tieredName } from '../tieredName.ts';
import { exportMark } from './chunks.ts';
import { ProtoWriter } from './protobuf.ts';
import { pathUp, stackTimes } from './stackTimes.ts';

export interface PprofOptions {
  /** Wall clock at the profile's start, ms since 1970; 0 unknown. */
  readonly startedAtMs?: number;
}

/** Field numbers of profile.proto (github.com/google/pprof/proto). */
const field = {
  profile: {
    sampleType: 1,
    sample: 2,
    location: 4,
    function: 5,
    stringTable: 6,
    timeNanos: 9,
    durationNanos: 10,
    periodType: 11,
    period: 12,
    comment: 13,
    defaultSampleType: 14,
  },
  valueType: { type: 1, unit: 2 },
  sample: { locationId: 1, value: 2, label: 3 },
  label: { key: 1, str: 2, num: 3 },
  location: { id: 1, line: 4 },
  line: { functionId: 1, line: 2 },
  function: { id: 1, name: 2, systemName: 3, filename: 4, startLine: 5 },
} as const;

/** Name, unit and what a weight of one is in it, by the profile's unit. */
const valueTypes = {
  us: ['cpu', 'nanoseconds', 1000],
  bytes: ['space', 'bytes', 1],
  count: ['events', 'count', 1],
} as const;

const chunkBytes = 64 * 1024;

/**
 * A pprof profile, not yet gzipped (pprof reads both; by custom the file is): samples and CPU nanoseconds (or bytes, or events) of each stack in
 * each thread, the thread as labels, and how the function on top was run as the label `tier`; how any function was run stands in its system
 * name, which the tool shows nowhere but in `-raw`. A function on top of the stack is told by the lines that ran, its time split in
 * proportion to their ticks; its callers by the line they start at.
 */
export function* exportPprof(profile: Profile, options: PprofOptions = {}): Generator<Uint8Array<ArrayBuffer>> {
  const writer = new ProtoWriter();
  const strings = new Map</* text */ string, number>();
  const string = (text: string): number => {
    const known = strings.get(text);
    if (known !== undefined) return known;
    strings.set(text, strings.size);
    writer.text(field.profile.stringTable, text);
    return strings.size - 1;
  };
  string('');
  writer.uint(field.profile.comment, string(exportMark));
  writer.message(field.profile.sampleType, valueType(string('samples'), string('count')));
  const [type, unit, factor] = valueTypes[profile.unit];
  writer.message(field.profile.sampleType, valueType(string(type), string(unit)));
  writer.uint(field.profile.defaultSampleType, string(type));
  writer.message(field.profile.periodType, valueType(string('cpu'), string('nanoseconds')));
  writer.uint(field.profile.period, Math.round(profile.intervalUs * 1000));
  writer.uint(field.profile.timeNanos, Math.round((options.startedAtMs ?? 0) * 1e6));
  writer.uint(field.profile.durationNanos, Math.round((profile.endUs - profile.startUs) * 1000));
  writeFunctions(profile, writer, string);

  const locations = new Map</* function and line */ number, number>();
  const location = (frame: number, line: number): number => {
    const key = frame * 2 ** 26 + line;
    const known = locations.get(key);
    if (known !== undefined) return known;
    const id = locations.size + 1;
    locations.set(key, id);
    writer.message(field.profile.location, locationOf(id, frame + 1, line));
    return id;
  };
  const labels = profile.threads.map(({ target, name, pid, tid }) => [
    ...(target === '' ? [] : [textLabel(string('target'), string(target))]),
    ...(name === '' ? [] : [textLabel(string('thread'), string(name))]),
    ...(pid === 0 ? [] : [numberLabel(string('pid'), pid)]),
    ...(tid === 0 ? [] : [numberLabel(string('tid'), tid)]),
  ]);
  const times = stackTimes(profile);
  for (let row = 0; row < times.length; row++) {
    const stack = times.stack[row] ?? 0;
    const path = pathUp(profile, stack);
    const tier = tierName(profile, profile.stacks.frame[stack] ?? 0);
    const tierLabels = tier === null ? [] : [textLabel(string('tier'), string(tier))];
    const callers = path.slice(1).map((at) => {
      const frame = profile.stacks.frame[at] ?? 0;
      return location(frame, profile.frames.line[frame] ?? 0);
    });
    for (const part of lineParts(
      profile,
      stack,
      times.samples[row] ?? 0,
      Math.round((times.selfUs[row] ?? 0) * factor),
    )) {
      const sample = new ProtoWriter();
      sample.packed(field.sample.locationId, [location(profile.stacks.frame[stack] ?? 0, part.line), ...callers]);
      sample.packed(field.sample.value, [part.samples, part.value]);
      for (const label of [...(labels[times.thread[row] ?? 0] ?? []), ...tierLabels])
        sample.message(field.sample.label, label);
      writer.message(field.profile.sample, sample);
      if (writer.size >= chunkBytes) yield writer.take();
    }
  }
  yield writer.take();
}

function writeFunctions(profile: Profile, writer: ProtoWriter, string: (text: string) => number): void {
  const { frames, strings } = profile;
  for (let frame = 0; frame < frames.length; frame++) {
    const text = (strings[frames.name[frame] ?? -1] ?? '').toWellFormed();
    const name = string(text);
    const tier = tierName(profile, frame);
    const entry = new ProtoWriter();
    entry.uint(field.function.id, frame + 1);
    entry.uint(field.function.name, name);
    entry.uint(field.function.systemName, tier === null ? name : string(tieredName(text, tier)));
    entry.uint(field.function.filename, string((strings[frames.file[frame] ?? -1] ?? '').toWellFormed()));
    entry.uint(field.function.startLine, frames.line[frame] ?? 0);
    writer.message(field.profile.function, entry);
  }
}

/** A stack's time by the line on top; whole numbers that add up to the whole, whatever the rounding. */
function* lineParts(
  { stacks, frames }: Profile,
  stack: number,
  samples: number,
  value: number,
): Generator<{ readonly line: number; readonly samples: number; readonly value: number }> {
  const [from = 0, to = 0] = [stacks.lineStart[stack], stacks.lineStart[stack + 1]];
  let ticks = 0;
  for (let row = from; row < to; row++) ticks += stacks.lineTicks[row] ?? 0;
  if (ticks === 0) {
    yield { line: frames.line[stacks.frame[stack] ?? 0] ?? 0, samples, value };
    return;
  }
  let seen = 0;
  for (let row = from; row < to; row++) {
    const before = seen;
    seen += stacks.lineTicks[row] ?? 0;
    const part = (whole: number): number => Math.round((whole * seen) / ticks) - Math.round((whole * before) / ticks);
    yield { line: stacks.lineNumber[row] ?? 0, samples: part(samples), value: part(value) };
  }
}

function valueType(type: number, unit: number): ProtoWriter {
  const writer = new ProtoWriter();
  writer.uint(field.valueType.type, type);
  writer.uint(field.valueType.unit, unit);
  return writer;
}

function textLabel(key: number, text: number): ProtoWriter {
  const writer = new ProtoWriter();
  writer.uint(field.label.key, key);
  writer.uint(field.label.str, text);
  return writer;
}

function numberLabel(key: number, value: number): ProtoWriter {
  const writer = new ProtoWriter();
  writer.uint(field.label.key, key);
  writer.uint(field.label.num, value);
  return writer;
}

function locationOf(id: number, functionId: number, line: number): ProtoWriter {
  const inner = new ProtoWriter();
  inner.uint(field.line.functionId, functionId);
  inner.uint(field.line.line, line);
  const writer = new ProtoWriter();
  writer.uint(field.location.id, id);
  writer.message(field.location.line, inner);
  return writer;
}
