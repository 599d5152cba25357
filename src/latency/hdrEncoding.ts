/**
 * HdrHistogram's V2 encoding: a 40 byte header, then the counts as ZigZag LEB128 (at most 9 bytes each, negative ones are runs of
 * zeros), then zlib around it, then base64. V0 and V1, which are read only, have counts of 2, 4 or 8 bytes each. Source: HdrHistogram's
 * AbstractHistogram, encodeIntoCompressedByteBuffer and fillCountsArrayFromSourceBuffer.
 */
import {
  bucketOf,
  layoutFor,
  lowestOf,
  newHistogram,
  recordUnits,
  widthOf,
  type Histogram,
  type HistogramLayout,
} from './histogram.ts';
import { adler32, inflateZlib } from '../inflate.ts';
import { compressedCookie, headerBytes, isCompressed, plainCookie, readHdrHeader } from './hdrHeader.ts';

/** Low nibble of the word-size byte: counts are LEB128 encoded. */
const lebFlag = 0x10;
/** 5 digits over all 53 bits of a safe integer are 4.85 M counts; with a count in a byte or two, 16 MB hold any real one. */
const mostBuckets = 5_000_000;
const mostBytes = 16 * 1024 * 1024;

/** Packs bytes into a zlib stream, e.g. Node's `deflateSync`. */
export type Deflate = (bytes: Uint8Array) => Uint8Array;

/** The base64 text that stands last in an interval-log line. */
export function encodeHistogram(histogram: Histogram, deflate: Deflate = storeZlib): string {
  return atOnce(encodeHistogramInSteps(histogram, deflate));
}

/** The same, a third of the work at a time: each of some 100 µs, where it is done so seldom that V8 has hardly compiled it. */
export function* encodeHistogramInSteps(histogram: Histogram, deflate: Deflate): Generator<undefined, string> {
  const plain = encodePlain(histogram);
  yield;
  const packed = deflate(plain);
  yield;
  const bytes = new Uint8Array(8 + packed.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, compressedCookie | lebFlag);
  view.setInt32(4, packed.length);
  bytes.set(packed, 8);
  return toBase64(bytes);
}

/** What comes out of work in steps when all of them are done. */
function atOnce<T>(steps: Iterator<unknown, T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/**
 * Reads what any port of HdrHistogram wrote, of any version, with or without zlib.
 * @param unitUs microseconds in one unit of its values.
 * @throws RangeError with a short reason; sizes are checked before anything is allocated.
 */
export function decodeHistogram(base64: string, unitUs: number): Histogram {
  const bytes = fromBase64(base64);
  const view = viewOf(bytes);
  if (bytes.length < 8) throw new RangeError('histogram is cut short');
  if (!isCompressed(view)) return decodePlain(bytes, unitUs);
  const length = view.getInt32(4);
  if (length < 0 || length > bytes.length - 8) throw new RangeError('compressed histogram is cut short');
  return decodePlain(inflateZlib(bytes.subarray(8, 8 + length), mostBytes), unitUs);
}

function encodePlain(histogram: Histogram): Uint8Array {
  const { layout, counts, total } = histogram;
  const first = total === 0 ? 0 : bucketOf(layout, histogram.min);
  const last = total === 0 ? 0 : bucketOf(layout, histogram.max);
  // Each value and the run of zeros before it take at most 9 bytes.
  const bytes = new Uint8Array(headerBytes + Math.min(9 * (last + 1), 18 * (total + 1)));
  const view = viewOf(bytes);
  let at = headerBytes;
  for (let i = 0; i <= last;) {
    const count = counts[i] ?? 0;
    let zeros = i < first ? first - i : 0;
    while (i + zeros <= last && (counts[i + zeros] ?? 0) === 0) zeros++;
    // A single zero is written as the count 0, longer runs as their negative length.
    at = putZigZag(bytes, at, zeros > 1 ? -zeros : count);
    i += Math.max(zeros, 1);
  }
  view.setInt32(0, plainCookie | lebFlag);
  view.setInt32(4, at - headerBytes);
  view.setInt32(8, 0);
  view.setInt32(12, layout.digits);
  view.setBigInt64(16, BigInt(2 ** layout.unitMagnitude));
  view.setBigInt64(24, BigInt(layout.highest));
  view.setFloat64(32, 1);
  return bytes.subarray(0, at);
}

function decodePlain(bytes: Uint8Array, unitUs: number): Histogram {
  const header = readHdrHeader(bytes);
  const { from, to, digits, lowest, highest, offset } = header;
  if (to < from || to > bytes.length) throw new RangeError('counts are cut short');
  if (digits < 0 || digits > 5) throw new RangeError('number of significant digits is not 0 to 5');
  if (lowest < 1 || lowest > 2 ** 40 || highest < 2 * lowest) throw new RangeError('impossible value range');
  if (offset !== 0) throw new RangeError('its counts are shifted, which only histograms of shifted values are');
  // Java's default for "as large as it gets" is 2^63 − 1: beyond what doubles hold exactly, and never reached.
  const layout = layoutFor(
    unitUs,
    lowest,
    Math.min(largestCounted(lowest, highest, digits), Number.MAX_SAFE_INTEGER),
    digits,
  );
  const buckets = bucketOf(layout, layout.highest) + 1;
  if (buckets > mostBuckets) throw new RangeError(`${buckets} buckets are more than any histogram needs`);
  const counts = bytes.subarray(from, to);
  return header.wordBytes === 0
    ? readCounts(counts, layout, buckets)
    : readWords(counts, header.wordBytes, layout, buckets);
}

/** Every port counts up to the end of its last bucket, which the largest value that it promises stands somewhere in. */
function largestCounted(lowest: number, highest: number, digits: number): number {
  const { unitMagnitude, halfMagnitude } = layoutFor(1, lowest, highest, digits);
  let beyond = 2 ** (unitMagnitude + halfMagnitude + 1);
  while (beyond <= highest) beyond *= 2;
  return beyond - 1;
}

/** Counts one after the other, as big-endian numbers of a fixed size. */
function readWords(bytes: Uint8Array, wordBytes: number, layout: HistogramLayout, buckets: number): Histogram {
  const histogram = newHistogram(layout);
  const view = viewOf(bytes);
  const words = Math.floor(bytes.length / wordBytes);
  for (let bucket = 0; bucket < words; bucket++) {
    const at = bucket * wordBytes;
    const count =
      wordBytes === 2 ? view.getInt16(at) : wordBytes === 4 ? view.getInt32(at) : Number(view.getBigInt64(at));
    if (count < 0 || count > Number.MAX_SAFE_INTEGER) throw new RangeError('a count is malformed');
    if (count === 0) continue;
    if (bucket >= buckets) throw new RangeError('more counts than the header allows');
    recordUnits(histogram, middleOf(layout, bucket), count);
  }
  return histogram;
}

function readCounts(bytes: Uint8Array, layout: HistogramLayout, buckets: number): Histogram {
  const histogram = newHistogram(layout);
  let bucket = 0;
  for (let at = 0; at < bytes.length;) {
    let value = 0;
    let scale = 1;
    let byte = 128;
    for (let i = 0; i < 9 && byte >= 128; i++) {
      byte = bytes[at++] ?? 0;
      // The ninth byte carries eight bits, the others seven and a continuation flag.
      value += (i === 8 ? byte : byte & 127) * scale;
      scale *= 128;
      if (i === 8) break;
    }
    if (at > bytes.length || value > 2 * Number.MAX_SAFE_INTEGER) throw new RangeError('a count is malformed');
    const count = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    if (count < 0) {
      bucket -= count;
    } else {
      if (count > 0 && bucket < buckets) recordUnits(histogram, middleOf(layout, bucket), count);
      bucket++;
    }
    if (bucket > buckets + 2 ** (layout.halfMagnitude + 1)) throw new RangeError('more counts than the header allows');
  }
  return histogram;
}

/** The value that stands for a bucket: HdrHistogram's "median equivalent value". */
function middleOf(layout: HistogramLayout, bucket: number): number {
  return Math.min(lowestOf(layout, bucket) + Math.floor(widthOf(layout, bucket) / 2), layout.highest);
}

function putZigZag(bytes: Uint8Array, start: number, value: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  let at = start;
  while (rest >= 128) {
    bytes[at++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = rest;
  return at;
}

/** A zlib stream of stored blocks: valid everywhere, not smaller. */
function storeZlib(bytes: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(bytes.length / 65_535));
  const out = new Uint8Array(2 + bytes.length + 5 * blocks + 4);
  const view = viewOf(out);
  view.setUint16(0, 0x7801);
  let at = 2;
  for (let block = 0; block < blocks; block++) {
    const part = bytes.subarray(block * 65_535, (block + 1) * 65_535);
    out[at] = block === blocks - 1 ? 1 : 0;
    view.setUint16(at + 1, part.length, true);
    view.setUint16(at + 3, ~part.length & 0xffff, true);
    out.set(part, at + 5);
    at += 5 + part.length;
  }
  view.setUint32(at, adler32(bytes));
  return out;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x2000) text += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new RangeError('not base64', { cause });
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
