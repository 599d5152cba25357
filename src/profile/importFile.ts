import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { getHeapStatistics } from 'node:v8';
import { createGunzip } from 'node:zlib';
import { messageOf, SlowpathError } from '../errors.ts';
import { visible } from '../plan/visible.ts';
import type { ImportOptions, ImportStream } from './formats/importer.ts';
import { importProfile, streamFor } from './formats/index.ts';
import { GrowingBytes } from './growingBytes.ts';
import type { Profile } from './tables.ts';

/** Big enough that a piece costs little beside its parsing, small enough to stay in the processor's cache. */
const pieceBytes = 1024 * 1024;
/** What it takes to tell a format. */
const headBytes = 65_536;
/** Of this process' heap that JSON may fill: the rest is for what is made of it. */
const heapShare = 0.75;

export interface ImportFileOptions extends ImportOptions {
  /** What a file that must be read whole may have at most, unpacked. Default: what fits into one buffer. */
  readonly largestBytes?: number;
}

/**
 * A profile from a file on disk, gzip or not. Formats that can be read in pieces (perf script) may have any size; a
 * file of the others is read whole, up to 2 GB. What would unfold to more than this process can hold is refused before it ends it.
 *
 * @throws FORMAT_UNKNOWN, FORMAT_MALFORMED with an offset, FORMAT_TOO_LARGE.
 */
export async function importProfileFile(path: string, options: ImportFileOptions = {}): Promise<Profile> {
  const { largestBytes = 2 ** 31 - 1, ...given } = options;
  const rest = { heapBytes: getHeapStatistics().heap_size_limit * heapShare, ...given };
  const kept = new GrowingBytes();
  let stream: ImportStream | null = null;
  for await (const piece of piecesOf(path)) {
    if (stream) {
      stream.push(piece);
      continue;
    }
    const told = kept.length >= headBytes;
    kept.push(piece);
    if (!told && kept.length >= headBytes) {
      stream = streamFor(kept.bytes(), rest);
      stream?.push(kept.bytes());
      if (!stream) kept.reserve(Math.min((await stat(path)).size, largestBytes));
    }
    if (!stream && kept.length > largestBytes) throw tooLarge(path, largestBytes);
  }
  return stream ? stream.finish() : importProfile(kept.bytes(), rest);
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
    const fault = messageOf(error);
    throw new SlowpathError('FORMAT_MALFORMED', `The gzip file is damaged: ${fault}. Copy or record it again.`, {
      cause: error,
    });
  }
}

function unreadable(path: string, error: unknown): SlowpathError {
  return new SlowpathError('FORMAT_UNKNOWN', `${visible(basename(path))} can't be read: ${whyUnreadable(error)}.`, {
    cause: error,
  });
}

/** Why a file could not be read, as part of a sentence. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'it is not there';
  if (code === 'EACCES' || code === 'EPERM') return 'this account may not read it';
  if (code === 'EISDIR') return 'it is a folder';
  return messageOf(error);
}

function tooLarge(path: string, largestBytes: number): SlowpathError {
  const limit = Math.floor(largestBytes / 2 ** 20);
  return new SlowpathError(
    'FORMAT_TOO_LARGE',
    `${visible(basename(path))} has more than ${limit} MB; only the text of perf script opens at any size. Record a shorter time.`,
  );
}
