import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SlowpathError } from '../errors.ts';
import { visible } from '../plan/visible.ts';
import type { ImportOptions, ImportStream } from './formats/importer.ts';
import { importProfile, streamFor } from './formats/index.ts';
import type { Profile } from './tables.ts';

/** Big enough that a piece costs little beside its parsing, small enough to stay in the processor's cache. */
const pieceBytes = 1024 * 1024;
/** What it takes to tell a format. */
const headBytes = 65_536;

export interface ImportFileOptions extends ImportOptions {
  /** What a file that must be read whole may have at most, unpacked. Default: what fits into one buffer. */
  readonly largestBytes?: number;
}

/**
 * A profile from a file on disk, gzip or not. Formats that can be read in pieces (perf script) may have any size; a
 * file of the others is read whole.
 *
 * @throws FORMAT_UNKNOWN, FORMAT_MALFORMED with an offset, FORMAT_TOO_LARGE.
 */
export async function importProfileFile(path: string, options: ImportFileOptions = {}): Promise<Profile> {
  const { largestBytes = 2 ** 31 - 1, ...rest } = options;
  const kept: Uint8Array[] = [];
  let length = 0;
  let stream: ImportStream | null = null;
  for await (const piece of piecesOf(path)) {
    if (stream) {
      stream.push(piece);
      continue;
    }
    // The buffer is used again for the next piece.
    kept.push(Uint8Array.from(piece));
    const told = length >= headBytes;
    length += piece.length;
    if (!told && length >= headBytes) {
      stream = streamFor(joined(kept), rest);
      if (stream) for (const early of kept.splice(0)) stream.push(early);
    }
    if (!stream && length > largestBytes) throw tooLarge(path, largestBytes);
  }
  return stream ? stream.finish() : importProfile(joined(kept), rest);
}

/** The file's content, unpacked, in pieces that are good only until the next one is asked for. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const buffer = new Uint8Array(pieceBytes);
    const first = await file.read(buffer, 0, pieceBytes, 0).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (first.bytesRead >= 2 && buffer[0] === 0x1f && buffer[1] === 0x8b) {
      yield* unpacked(path);
      return;
    }
    let at = 0;
    for (let { bytesRead } = first; bytesRead > 0; { bytesRead } = await file.read(buffer, 0, pieceBytes, at)) {
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* unpacked(path: string): AsyncGenerator<Uint8Array> {
  const source = createReadStream(path, { highWaterMark: pieceBytes });
  // Stopping to read destroys the unpacker, and that the file.
  const gunzip = pipeline(source, createGunzip({ chunkSize: pieceBytes }), () => undefined);
  try {
    for await (const piece of gunzip) yield piece as Uint8Array;
  } catch (error) {
    if (error instanceof SlowpathError) throw error;
    const fault = error instanceof Error ? error.message : String(error);
    throw new SlowpathError('FORMAT_MALFORMED', `The gzip file is damaged: ${fault}. Copy or record it again.`, {
      cause: error,
    });
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only && pieces.length === 1) return only;
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function unreadable(path: string, error: unknown): SlowpathError {
  return new SlowpathError('FORMAT_UNKNOWN', `${visible(basename(path))} can't be read: ${reason(error)}.`, {
    cause: error,
  });
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'it is not there';
  if (code === 'EACCES' || code === 'EPERM') return 'this account may not read it';
  if (code === 'EISDIR') return 'it is a folder';
  return error instanceof Error ? error.message : String(error);
}

function tooLarge(path: string, largestBytes: number): SlowpathError {
  const limit = Math.floor(largestBytes / 2 ** 20);
  return new SlowpathError(
    'FORMAT_TOO_LARGE',
    `${visible(basename(path))} has more than ${limit} MB; only the text of perf script opens at any size. Record a shorter time.`,
  );
}
