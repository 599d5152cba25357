/**
 * One run, or one profile, as one ArrayBuffer: what travels to the report page (as a transferable) and stands gzipped in a
 * standalone report. Typed-array columns lie in it byte for byte, aligned to eight, so that unpacking is a few views and
 * no copy (architecture, law 6); long lists of strings become one UTF-8 blob; everything else is a small JSON header.
 *
 *     "SLOWPACK"  u32 version  u32 header bytes  header (JSON, UTF-8)  padding  column  padding  column …
 *
 * Offsets in the header count from the first column, so the header's own length does not matter to them.
 */
import { SlowpathError } from '../errors.ts';
import type { Profile } from '../profile/tables.ts';
import type { Run } from './model.ts';

/** Raised when a reader of the old layout would misread the new one. 2: profiles have a unit and may be timeless. */
const packVersion = 2;
const magic = 'SLOWPACK';
const preambleBytes = 16;

type Kind = 'run' | 'profile' | 'result';
type Column = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;
type ColumnType = keyof typeof columnTypes;

const columnTypes = {
  f64: Float64Array,
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  u16: Uint16Array,
  u8: Uint8Array,
} as const;

/** Where one column belongs in the value and where its bytes lie. `strings` columns hold UTF-8, split by `lengths`. */
interface Slot {
  readonly path: readonly string[];
  readonly type: ColumnType | 'strings';
  readonly offset: number;
  /** Elements; for strings, bytes. */
  readonly length: number;
  /** For strings: the column (by index into the slots) with each string's length in UTF-16 units. */
  readonly lengths?: number;
}

interface Header {
  readonly kind: Kind;
  readonly value: unknown;
  readonly slots: readonly Slot[];
}

/** Lists of strings longer than this leave the JSON header for a blob. */
const inlineStrings = 32;

/** A run and its findings in one buffer. The findings' shape is the advice room's; here they are plain data. */
export function packRun(run: Run, findings: readonly object[]): ArrayBuffer {
  return pack('run', { run, findings });
}

/**
 * The run and its findings; columns are views into `buffer`.
 * @throws SlowpathError FORMAT_MALFORMED when it is not a packed run, RUN_FUTURE_FORMAT when a newer version packed it.
 */
export function unpackRun(buffer: ArrayBuffer): { readonly run: Run; readonly findings: readonly unknown[] } {
  const value = unpack(buffer, 'run') as { run?: Run; findings?: readonly unknown[] };
  const { run, findings } = value;
  if (!run || !Array.isArray(findings)) throw malformed('the run or its findings are missing');
  checkTables(run);
  if (run.profile) checkProfile(run.profile);
  return {
    run: run.profile ? { ...run, profile: upgraded(run.profile) } : run,
    findings: findings as readonly unknown[],
  };
}

/** A profile on its own in one buffer. */
export function packProfile(profile: Profile): ArrayBuffer {
  return pack('profile', { profile });
}

/**
 * The profile; columns are views into `buffer`.
 * @throws SlowpathError FORMAT_MALFORMED or RUN_FUTURE_FORMAT, as unpackRun.
 */
export function unpackProfile(buffer: ArrayBuffer): Profile {
  const { profile } = unpack(buffer, 'profile') as { profile?: Profile };
  if (!profile) throw malformed('the profile is missing');
  checkProfile(profile);
  return upgraded(profile);
}

/** What a page shows that is neither: plain data as it is. */
export function packResult(result: object): ArrayBuffer {
  return pack('result', { result });
}

/** @throws SlowpathError FORMAT_MALFORMED or RUN_FUTURE_FORMAT, as unpackRun. */
export function unpackResult(buffer: ArrayBuffer): unknown {
  const { result } = unpack(buffer, 'result') as { result?: unknown };
  if (typeof result !== 'object' || result === null) throw malformed('the result is missing');
  return result;
}

/** What a packed buffer holds, without unpacking it. */
export function packedKind(buffer: ArrayBuffer): Kind {
  return readHeader(buffer).header.kind;
}

function pack(kind: Kind, value: object): ArrayBuffer {
  const slots: Slot[] = [];
  const parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  let end = 0;

  const place = (bytes: Uint8Array): number => {
    const offset = align(end);
    parts.push({ offset, bytes });
    end = offset + bytes.byteLength;
    return offset;
  };
  const hoist = (path: readonly string[], column: Column): number => {
    const offset = place(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    return slots.push({ path, type: typeOf(column), offset, length: column.length }) - 1;
  };
  const hoistStrings = (path: readonly string[], strings: readonly string[]): void => {
    // Lengths are in UTF-16 units: a lone surrogate becomes U+FFFD, which is one unit as well, so the split stays exact.
    const lengths = hoist(
      [],
      Uint32Array.from(strings, (text) => text.length),
    );
    const blob = new TextEncoder().encode(strings.join(''));
    slots.push({ path, type: 'strings', offset: place(blob), length: blob.byteLength, lengths });
  };
  /** The value without its columns: each leaves a null behind. */
  const strip = (item: unknown, path: readonly string[]): unknown => {
    if (isColumn(item)) {
      hoist(path, item);
      return null;
    }
    if (Array.isArray(item)) {
      const list = item as readonly unknown[];
      if (list.length > inlineStrings && list.every((entry) => typeof entry === 'string')) {
        hoistStrings(path, list);
        return null;
      }
      return list.map((entry, index) => strip(entry, [...path, String(index)]));
    }
    if (typeof item !== 'object' || item === null) return item;
    // fromEntries defines own properties, so that a key called __proto__ (an environment variable may be) stays data.
    return Object.fromEntries(Object.entries(item).map(([key, entry]) => [key, strip(entry, [...path, key])]));
  };

  const stripped = strip(value, []);
  const header = new TextEncoder().encode(JSON.stringify({ kind, value: stripped, slots } satisfies Header));
  const columnsStart = align(preambleBytes + header.byteLength);
  const buffer = new ArrayBuffer(align(columnsStart + end));
  const bytes = new Uint8Array(buffer);
  new TextEncoder().encodeInto(magic, bytes);
  const view = new DataView(buffer);
  view.setUint32(8, packVersion, true);
  view.setUint32(12, header.byteLength, true);
  bytes.set(header, preambleBytes);
  for (const part of parts) bytes.set(part.bytes, columnsStart + part.offset);
  return buffer;
}

function unpack(buffer: ArrayBuffer, kind: Kind): unknown {
  const { header, columnsStart } = readHeader(buffer);
  if (header.kind !== kind) throw malformed(`it holds a ${header.kind}, not a ${kind}`);
  const read = (slot: Slot): Column => {
    if (slot.type === 'strings') throw malformed('a list of strings stands where a column is expected');
    const Type = columnTypes[slot.type];
    const start = columnsStart + slot.offset;
    if (start % Type.BYTES_PER_ELEMENT !== 0 || start + slot.length * Type.BYTES_PER_ELEMENT > buffer.byteLength) {
      throw malformed(`the column ${slot.path.join('.')} reaches past the end`);
    }
    return new Type(buffer, start, slot.length);
  };
  for (const slot of header.slots) {
    if (slot.path.length === 0) continue;
    if (slot.type !== 'strings') {
      insert(header.value, slot.path, read(slot));
      continue;
    }
    const lengths = header.slots[slot.lengths ?? -1];
    if (!lengths || columnsStart + slot.offset + slot.length > buffer.byteLength)
      throw malformed('a list of strings is cut');
    insert(
      header.value,
      slot.path,
      splitStrings(new Uint8Array(buffer, columnsStart + slot.offset, slot.length), read(lengths)),
    );
  }
  return header.value;
}

function readHeader(buffer: ArrayBuffer): { readonly header: Header; readonly columnsStart: number } {
  if (buffer.byteLength < preambleBytes || new TextDecoder().decode(new Uint8Array(buffer, 0, 8)) !== magic) {
    throw malformed('it does not begin with SLOWPACK');
  }
  const view = new DataView(buffer);
  const version = view.getUint32(8, true);
  if (version > packVersion) {
    throw new SlowpathError(
      'RUN_FUTURE_FORMAT',
      `This report was packed by a newer Slowpath (layout ${version}, this one reads ${packVersion}): update Slowpath to open it.`,
    );
  }
  const length = view.getUint32(12, true);
  if (preambleBytes + length > buffer.byteLength) throw malformed('its header is cut');
  let header: Header;
  try {
    header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, preambleBytes, length))) as Header;
  } catch (cause) {
    throw malformed('its header is not JSON', cause);
  }
  return { header, columnsStart: align(preambleBytes + length) };
}

function insert(root: unknown, path: readonly string[], column: unknown): void {
  let at = root;
  for (const [index, key] of path.entries()) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key))
      throw malformed(`nothing at ${path.join('.')}`);
    const holder = at as Record<string, unknown>;
    if (index === path.length - 1) holder[key] = column;
    else at = holder[key];
  }
}

function splitStrings(blob: Uint8Array, lengths: Column): string[] {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(blob);
  const strings = new Array<string>(lengths.length);
  let at = 0;
  for (const [index, length] of lengths.entries()) {
    strings[index] = text.slice(at, at + length);
    at += length;
  }
  if (at !== text.length) throw malformed('a list of strings does not add up');
  return strings;
}

/** Every column of a table must be as long as the table says, or a view would read past an end without noticing. */
function checkLengths(name: string, table: object & { readonly length: number }, except: readonly string[] = []): void {
  for (const [key, column] of Object.entries(table)) {
    if (isColumn(column) && !except.includes(key) && column.length !== table.length) {
      throw malformed(`${name}.${key} has ${column.length} rows, not ${table.length}`);
    }
  }
}

function checkTables(run: Run): void {
  checkLengths('requests', run.requests);
  for (const name of ['gc', 'stalls', 'memory', 'sched', 'serverRequests', 'clientRequests'] as const) {
    checkLengths(name, run.runtime[name]);
  }
}

function checkProfile(profile: Profile): void {
  checkLengths('frames', profile.frames);
  checkLengths('stacks', profile.stacks, ['lineStart', 'lineNumber', 'lineTicks']);
  checkLengths('samples', profile.samples);
}

/** Layout 1 knew only µs on the clock. */
function upgraded(profile: Partial<Pick<Profile, 'unit' | 'timeless'>> & Omit<Profile, 'unit' | 'timeless'>): Profile {
  return { ...profile, unit: profile.unit ?? 'us', timeless: profile.timeless ?? false };
}

function typeOf(column: Column): ColumnType {
  for (const [type, Type] of Object.entries(columnTypes)) {
    if (column instanceof Type) return type as ColumnType;
  }
  throw malformed('a column has an unknown element type');
}

function isColumn(value: unknown): value is Column {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function align(offset: number): number {
  return (offset + 7) & ~7;
}

function malformed(why: string, cause?: unknown): SlowpathError {
  return new SlowpathError('FORMAT_MALFORMED', `The report's data can't be read: ${why}.`, { cause });
}
