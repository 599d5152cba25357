/** Characters gathered before a piece is handed on: large enough that writing costs little, small enough for any memory. */
const chunkLength = 64 * 1024;

/**
 * Small pieces of text joined into chunks of about 64 K characters, so that a file is written piece by piece and no
 * string ever holds all of it (V8's longest has 512 M characters).
 */
export function* inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length >= chunkLength) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

/** What every file we export has within its first bytes: by it we know which files we may replace. */
export const exportMark = 'slowpath export';

/** To a nanosecond: finer than any clock that profiles are taken with, and short in a file. */
export function microseconds(us: number): number {
  return Math.round(us * 1000) / 1000;
}
