import { open } from 'node:fs/promises';
import { isGzip } from '../inflate.ts';
import type { FileBytes } from './analysisMessages.ts';

/** RFC 1952: the last four bytes of a gzip file are what it unfolds to, modulo 2^32. */
const trailerBytes = 4;

/**
 * What a file is about to be once it is unpacked, in bytes, from its two ends alone: how long reading it may take follows from that, and profiles
 * unfold to ten times their size. A file may lie in it, or be several in one: it is an estimate, never below `size`.
 *
 * @param size of the file as it is
 */
export async function unpackedSize(file: FileBytes, size: number): Promise<number> {
  if (size < 2 * trailerBytes) return size;
  const [head, tail] = 'bytes' in file ? endsOf(file.bytes) : await endsOnDisk(file.path, size);
  return isGzip(head) ? Math.max(size, new DataView(tail.buffer, tail.byteOffset).getUint32(0, true)) : size;
}

type Ends = readonly [head: Uint8Array, tail: Uint8Array];

function endsOf(bytes: Uint8Array): Ends {
  return [bytes.subarray(0, trailerBytes), bytes.subarray(bytes.length - trailerBytes)];
}

/** Zeros where it can't be read: its reader says why. */
async function endsOnDisk(path: string, size: number): Promise<Ends> {
  const ends: Ends = [new Uint8Array(trailerBytes), new Uint8Array(trailerBytes)];
  try {
    await using file = await open(path);
    await file.read(ends[0], 0, trailerBytes, 0);
    await file.read(ends[1], 0, trailerBytes, size - trailerBytes);
  } catch {
    return ends;
  }
  return ends;
}
