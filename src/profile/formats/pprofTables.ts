import { mostFunctions, tooMany } from '../builder.ts';
import { Int32Column } from '../columns.ts';
import type { FrameTier } from '../tables.ts';
import { tierIn } from '../tieredName.ts';
import { malformed } from './fields.ts';
import { ProtoReader } from './protobuf.ts';

/** One of the values that each sample of a pprof file has. */
export interface ValueType {
  readonly name: string;
  readonly unit: string;
}

/** What a pprof file says besides its samples. Names and units are texts of the file. */
export interface PprofTables {
  readonly types: readonly ValueType[];
  readonly defaultType: string;
  readonly period: { readonly type: ValueType; readonly value: number };
  /** 0 where the file has none. */
  readonly timeNanos: number;
  readonly durationNanos: number;
  /** Where each sample's message lies: [start, end, start, end, …]. */
  readonly samples: Int32Column;
  /** A text of the file. `at`: the end of the message that names it, for the error. */
  readonly text: TextOf;
  readonly locations: PprofLocations;
}

type TextOf = (index: number, at: number) => string;

/** Locations in order of the file, as columns. */
export interface PprofLocations {
  readonly indexOf: ReadonlyMap</* id */ number | bigint, number>;
  /** Lines of location i: lineStart[i] to lineStart[i + 1], innermost first. */
  readonly lineStart: Int32Column;
  /** Index into functions, -1 unknown. */
  readonly lineFunction: Int32Column;
  /** 1-based, 0 unknown. */
  readonly line: Int32Column;
  readonly address: readonly (number | bigint)[];
  /** Path of the binary or library, '' unknown. */
  readonly mapping: readonly string[];
  readonly functions: readonly PprofFunction[];
}

export interface PprofFunction {
  readonly name: string;
  readonly file: string;
  /** Where it starts, 0 unknown. */
  readonly line: number;
  readonly tier: FrameTier;
}

const mostLocations = 2 ** 23;
/** Larger positions are none: an Int32Column must hold them. */
const mostLine = 2 ** 31 - 1;

/**
 * Everything of a profile.proto but its samples, which come first in the file and refer to all of this.
 * Source: github.com/google/pprof, proto/profile.proto.
 * @throws FORMAT_MALFORMED with the byte, FORMAT_TOO_LARGE.
 */
export function readPprofTables(bytes: Uint8Array): PprofTables {
  const reader = new ProtoReader(bytes);
  const texts = new Texts(bytes);
  const types: NamedType[] = [];
  const samples = new Int32Column();
  const parts: PprofParts = { mappings: new Int32Column(), locations: new Int32Column(), functions: new Int32Column() };
  let [defaultType, timeNanos, durationNanos, period] = [0, 0, 0, 0];
  let periodType: NamedType = [0, 0, 0];
  while (reader.next()) {
    if (reader.field === 1) types.push(readValueType(reader));
    else if (reader.field === 2) passOver(reader, samples);
    else if (reader.field === 3) passOver(reader, parts.mappings);
    else if (reader.field === 4) passOver(reader, parts.locations);
    else if (reader.field === 5) passOver(reader, parts.functions);
    else if (reader.field === 6) passOver(reader, texts.places);
    else if (reader.field === 9) timeNanos = reader.int();
    else if (reader.field === 10) durationNanos = reader.int();
    else if (reader.field === 11) periodType = readValueType(reader);
    else if (reader.field === 12) period = reader.int();
    else if (reader.field === 14) defaultType = reader.uint();
    else reader.skip();
  }
  // Places come in pairs. A location is a call's address, of which a function has several.
  if (parts.functions.length / 2 > mostFunctions) throw tooMany(mostFunctions, 'functions');
  if (parts.mappings.length / 2 > mostFunctions) throw tooMany(mostFunctions, 'libraries');
  if (parts.locations.length / 2 > mostLocations) throw tooMany(mostLocations, 'locations');
  const text: TextOf = (index, at) => texts.at(index, at);
  const named = ([name, unit, at]: NamedType): ValueType => ({ name: text(name, at), unit: text(unit, at) });
  return {
    types: types.map(named),
    defaultType: text(defaultType, bytes.length),
    period: { type: named(periodType), value: period },
    timeNanos,
    durationNanos,
    samples,
    text,
    locations: readLocations(bytes, parts, text),
  };
}

/** Places of messages, read once all texts are known. */
interface PprofParts {
  readonly mappings: Int32Column;
  readonly locations: Int32Column;
  readonly functions: Int32Column;
}

function passOver(reader: ProtoReader, places: Int32Column): void {
  const end = reader.enter();
  places.push(reader.at);
  places.push(end);
  reader.at = end;
}

/** Texts of a type's name and unit, and where it ends. */
type NamedType = readonly [number, number, number];

function readValueType(reader: ProtoReader): NamedType {
  let [name, unit] = [0, 0];
  const end = reader.enter();
  while (reader.next(end)) {
    if (reader.field === 1) name = reader.uint();
    else if (reader.field === 2) unit = reader.uint();
    else reader.skip();
  }
  return [name, unit, end];
}

function readLocations(bytes: Uint8Array, parts: PprofParts, text: TextOf): PprofLocations {
  const mappings = readMappings(bytes, parts.mappings, text);
  const { functions, indexOf: functionOf } = readFunctions(bytes, parts.functions, text);
  const indexOf = new Map<number | bigint, number>();
  const lineStart = new Int32Column();
  const lineFunction = new Int32Column();
  const line = new Int32Column();
  const address: (number | bigint)[] = [];
  const mapping: string[] = [];
  forEachMessage(bytes, parts.locations, (reader, end) => {
    let id: number | bigint = 0;
    let mappingId: number | bigint = 0;
    let where: number | bigint = 0;
    lineStart.push(line.length);
    while (reader.next(end)) {
      if (reader.field === 1) id = reader.key();
      else if (reader.field === 2) mappingId = reader.key();
      else if (reader.field === 3) where = reader.key();
      else if (reader.field === 4) {
        const [functionId, number] = readLine(reader);
        lineFunction.push(functionOf.get(functionId) ?? -1);
        line.push(number > 0 && number <= mostLine ? number : 0);
      } else reader.skip();
    }
    indexOf.set(id, address.length);
    address.push(where);
    mapping.push(mappings.get(mappingId) ?? '');
  });
  lineStart.push(line.length);
  return { indexOf, lineStart, lineFunction, line, address, mapping, functions };
}

function readLine(reader: ProtoReader): readonly [number | bigint, number] {
  let functionId: number | bigint = 0;
  let line = 0;
  const end = reader.enter();
  while (reader.next(end)) {
    if (reader.field === 1) functionId = reader.key();
    else if (reader.field === 2) line = reader.int();
    else reader.skip();
  }
  return [functionId, line];
}

function readMappings(bytes: Uint8Array, places: Int32Column, text: TextOf): ReadonlyMap<number | bigint, string> {
  const files = new Map<number | bigint, string>();
  forEachMessage(bytes, places, (reader, end) => {
    let id: number | bigint = 0;
    let file = 0;
    while (reader.next(end)) {
      if (reader.field === 1) id = reader.key();
      else if (reader.field === 5) file = reader.uint();
      else reader.skip();
    }
    files.set(id, text(file, end));
  });
  return files;
}

function readFunctions(
  bytes: Uint8Array,
  places: Int32Column,
  text: TextOf,
): { readonly functions: PprofFunction[]; readonly indexOf: ReadonlyMap<number | bigint, number> } {
  const functions: PprofFunction[] = [];
  const indexOf = new Map<number | bigint, number>();
  forEachMessage(bytes, places, (reader, end) => {
    let id: number | bigint = 0;
    let [name, systemName, file, line] = [0, 0, 0, 0];
    while (reader.next(end)) {
      if (reader.field === 1) id = reader.key();
      else if (reader.field === 2) name = reader.uint();
      else if (reader.field === 3) systemName = reader.uint();
      else if (reader.field === 4) file = reader.uint();
      else if (reader.field === 5) line = reader.int();
      else reader.skip();
    }
    indexOf.set(id, functions.length);
    const [called, system] = [text(name, end), text(systemName, end)];
    functions.push({ name: called || system, file: text(file, end), line, tier: tierIn(system, called) });
  });
  return { functions, indexOf };
}

function forEachMessage(
  bytes: Uint8Array,
  places: Int32Column,
  read: (reader: ProtoReader, end: number) => void,
): void {
  for (let row = 0; row < places.length; row += 2) {
    const end = places.at(row + 1);
    read(new ProtoReader(bytes, places.at(row), end), end);
  }
}

/** The string table, decoded where a text is asked for. */
class Texts {
  readonly places = new Int32Column();
  private readonly bytes: Uint8Array;
  private readonly decoder = new TextDecoder();
  private readonly known = new Map<number, string>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  at(index: number, at: number): string {
    let text = this.known.get(index);
    if (text === undefined) {
      if (index * 2 >= this.places.length) {
        // An empty profile may leave its table of texts out.
        if (index === 0) return '';
        throw malformed(`what ends at byte ${at} names text ${index} of ${this.places.length / 2}`);
      }
      text = this.decoder.decode(this.bytes.subarray(this.places.at(index * 2), this.places.at(index * 2 + 1)));
      this.known.set(index, text);
    }
    return text;
  }
}
