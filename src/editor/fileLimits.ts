/**
 * What a file may have that must pass through the extension host: an interval log, or a profile that stands on no disk. The
 * smallest JSON value, `{},`, is 3 bytes in the file and 56 in the heap, a log's line more of both.
 */
export const largestWholeBytes = 200 * 1024 * 1024;
export const logReaderHeapMb = 6144;

/** More than this no process has whose pointers are compressed, as the desktop editor's are. */
export const profileReaderHeapMb = 4096;

/** A packed profile that the page still holds and shows: some forty million samples. */
export const largestPackedBytes = 2 ** 30;

/**
 * A slow disk and a busy processor still read two megabytes a second.
 *
 * @param bytes unpacked
 */
export function readingTimeMs(bytes: number): number {
  return 60_000 + bytes / 2000;
}
