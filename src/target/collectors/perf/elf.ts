import { open, type FileHandle } from 'node:fs/promises';

/** Where an executable's code stands in its file and in its own addresses, and what it tells about itself. */
export interface Executable {
  readonly segments: readonly Segment[];
  /** It has a table of symbols besides those it exports. */
  readonly hasSymbols: boolean;
  /** It has DWARF line tables. */
  readonly hasLines: boolean;
}

interface Segment {
  readonly offset: number;
  readonly address: number;
  readonly length: number;
}

const PT_LOAD = 1;
const PF_X = 1;
const SHT_SYMTAB = 2;
const MAX_HEADERS = 4096;
const MAX_NAMES_BYTES = 1024 * 1024;

/** Reads the headers of a 64-bit little-endian ELF file (elf(5)); null for anything else. */
export async function readExecutable(path: string): Promise<Executable | null> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch {
    return null;
  }
  try {
    const header = await bytesAt(file, 0, 64);
    if (header.length < 64 || header.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return null;
    const segments = (await entries(file, number(header, 32), header.readUInt16LE(54), header.readUInt16LE(56)))
      .filter((entry) => entry.readUInt32LE(0) === PT_LOAD && (entry.readUInt32LE(4) & PF_X) !== 0)
      .map((entry) => ({ offset: number(entry, 8), address: number(entry, 16), length: number(entry, 32) }));
    const sections = await entries(file, number(header, 40), header.readUInt16LE(58), header.readUInt16LE(60));
    const names = await sectionNames(file, sections, header.readUInt16LE(62));
    return {
      segments,
      hasSymbols: sections.some((section) => section.readUInt32LE(4) === SHT_SYMTAB),
      hasLines: names.includes('.debug_line') || names.includes('.zdebug_line'),
    };
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** The file's own address of a byte of code at an offset of the file; null if there is no code. */
export function addressAt({ segments }: Executable, offset: number): number | null {
  const segment = segments.find((each) => offset >= each.offset && offset < each.offset + each.length);
  return segment ? offset - segment.offset + segment.address : null;
}

async function entries(file: FileHandle, offset: number, size: number, count: number): Promise<Buffer[]> {
  if (offset === 0 || size < 56 || count > MAX_HEADERS) return [];
  const table = await bytesAt(file, offset, size * count);
  return Array.from({ length: Math.floor(table.length / size) }, (_, at) => table.subarray(at * size, (at + 1) * size));
}

async function sectionNames(file: FileHandle, sections: readonly Buffer[], index: number): Promise<readonly string[]> {
  const table = sections[index];
  if (!table || table.length < 64) return [];
  const bytes = await bytesAt(file, number(table, 24), Math.min(number(table, 32), MAX_NAMES_BYTES));
  return bytes.toString('latin1').split('\0');
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function number(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}
