/**
 * What a file may have that must be read whole. The smallest JSON value, `{},`, is 3 bytes in the file and 56 in the heap: a
 * hostile file of this size needs 3.7 GB, which stays below the reader's limit, so that it can only fail and never take the
 * extension host with it.
 */
export const largestWholeBytes = 200 * 1024 * 1024;
export const readerHeapMb = 6144;
