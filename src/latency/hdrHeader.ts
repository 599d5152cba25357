/**
 * The header of an encoded histogram, of any version: V0's is 32 bytes and names no length; the size of a count stands in V0's and V1's
 * cookie. Source: HdrHistogram's AbstractHistogram, decodeFromByteBuffer.
 */
export const plainCookie = 0x1c849303;
export const compressedCookie = 0x1c849304;
const plainCookieV1 = 0x1c849301;
const plainCookieV0 = 0x1c849308;
/** V2's, V1's, V0's: zlib around the plain one of the same version. */
const compressedCookies: readonly number[] = [compressedCookie, 0x1c849302, 0x1c849309];
/** V1's and V2's. */
export const headerBytes = 40;
const headerBytesV0 = 32;

interface HdrHeader {
  /** Where the counts stand. */
  readonly from: number;
  readonly to: number;
  readonly digits: number;
  readonly lowest: number;
  readonly highest: number;
  /** Of one count; 0 where they are LEB128. */
  readonly wordBytes: number;
  /** By how many buckets the counts are shifted. */
  readonly offset: number;
}

/** @throws RangeError with a short reason. */
export function readHdrHeader(bytes: Uint8Array): HdrHeader {
  if (bytes.length < headerBytesV0) throw new RangeError('histogram is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cookie = cookieOf(view);
  // The lowest bit of the nibble is V2's flag.
  const wordBytes = (view.getInt32(0) >> 4) & 0xe;
  if (cookie === plainCookieV0)
    return {
      from: headerBytesV0,
      to: bytes.length,
      digits: view.getInt32(4),
      lowest: Number(view.getBigInt64(8)),
      highest: Number(view.getBigInt64(16)),
      wordBytes: checkedWord(wordBytes),
      offset: 0,
    };
  if (cookie !== plainCookie && cookie !== plainCookieV1)
    throw new RangeError('in none of the encodings that HdrHistogram writes (V0, V1, V2)');
  if (bytes.length < headerBytes) throw new RangeError('histogram is cut short');
  return {
    from: headerBytes,
    to: headerBytes + view.getInt32(4),
    digits: view.getInt32(12),
    lowest: Number(view.getBigInt64(16)),
    highest: Number(view.getBigInt64(24)),
    wordBytes: cookie === plainCookie ? 0 : checkedWord(wordBytes),
    offset: cookie === plainCookie ? 0 : view.getInt32(8),
  };
}

function checkedWord(bytes: number): number {
  if (bytes !== 2 && bytes !== 4 && bytes !== 8) throw new RangeError('its counts have an impossible size');
  return bytes;
}

/** A version's cookie, without the size of its counts. */
function cookieOf(view: DataView): number {
  return view.getInt32(0) & ~0xf0;
}

/** Whether zlib is around it. */
export function isCompressed(view: DataView): boolean {
  return compressedCookies.includes(cookieOf(view));
}
