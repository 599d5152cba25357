import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { decodeHistogram, encodeHistogram } from '../../../src/latency/hdrEncoding.ts';
import { bucketOf, layoutFor, newHistogram, recordUnits, type Histogram } from '../../../src/latency/histogram.ts';
import { parseHlog } from '../../../src/latency/hlog.ts';

type WordBytes = 2 | 4 | 8;

interface Old {
  readonly version: 0 | 1;
  readonly wordBytes: WordBytes;
  readonly packed?: boolean;
  /** What the header says of the largest value; the histogram's own otherwise. */
  readonly highest?: number;
  readonly offset?: number;
}

/** As AbstractHistogram wrote it before 2015: a header, then every count up to the largest value's in as many bytes each. */
function oldEncoding(histogram: Histogram, { version, wordBytes, packed = true, highest, offset = 0 }: Old): string {
  const { layout, counts, total, max } = histogram;
  const used = total === 0 ? 0 : bucketOf(layout, max) + 1;
  const header = Buffer.alloc(version === 0 ? 32 : 40);
  const size = wordBytes << 4;
  header.writeInt32BE((version === 0 ? 0x1c849308 : 0x1c849301) | size, 0);
  const figures = [2 ** layout.unitMagnitude, highest ?? layout.highest].map(BigInt);
  if (version === 0) {
    header.writeInt32BE(layout.digits, 4);
    for (const [at, figure] of [...figures, BigInt(total)].entries()) header.writeBigInt64BE(figure, 8 + 8 * at);
  } else {
    header.writeInt32BE(used * wordBytes, 4);
    header.writeInt32BE(offset, 8);
    header.writeInt32BE(layout.digits, 12);
    for (const [at, figure] of figures.entries()) header.writeBigInt64BE(figure, 16 + 8 * at);
    header.writeDoubleBE(1, 32);
  }
  const words = Buffer.alloc(used * wordBytes);
  for (let at = 0; at < used; at++) {
    const count = counts[at] ?? 0;
    if (wordBytes === 8) words.writeBigInt64BE(BigInt(count), at * 8);
    else words.writeIntBE(count, at * wordBytes, wordBytes);
  }
  const plain = Buffer.concat([header, words]);
  if (!packed) return plain.toString('base64');
  const deflated = deflateSync(plain);
  const head = Buffer.alloc(8);
  head.writeInt32BE((version === 0 ? 0x1c849309 : 0x1c849302) | size, 0);
  head.writeInt32BE(deflated.length, 4);
  return Buffer.concat([head, deflated]).toString('base64');
}

function sample(digits = 2): Histogram {
  const histogram = newHistogram(layoutFor(1, 1000, 3.6e12, digits));
  for (let at = 0; at < 2000; at++) recordUnits(histogram, 90_000 + at * at * 7, 1 + (at % 5));
  return histogram;
}

test('the encodings before 2015 hold what the present one does', () => {
  const histogram = sample();
  const expected = decodeHistogram(encodeHistogram(histogram), 1);
  assert.equal(expected.total, histogram.total);
  for (const version of [0, 1] as const)
    for (const wordBytes of [2, 4, 8] as const)
      for (const packed of [true, false])
        assert.deepEqual(
          decodeHistogram(oldEncoding(histogram, { version, wordBytes, packed }), 1),
          expected,
          `V${version}, ${wordBytes} bytes, packed ${packed}`,
        );
  const empty = newHistogram(histogram.layout);
  assert.equal(decodeHistogram(oldEncoding(empty, { version: 1, wordBytes: 8 }), 1).total, 0);
});

test('a log of them opens as any other, its unit told by its largest value', () => {
  const histogram = sample();
  const line = `0.1,1.0,${(histogram.max / 1e6).toFixed(3)},${oldEncoding(histogram, { version: 1, wordBytes: 8 })}`;
  const { lines } = parseHlog(`#[Histogram log format version 1.1]\n${line}\n`);
  assert.equal(lines[0]?.histogram.total, histogram.total);
  assert.equal(lines[0].histogram.layout.unitUs, 0.001);
});

test('values above the promised largest, up to where the buckets end, are counted', () => {
  const histogram = sample();
  // The largest recorded is some 28 million: in the bucket that the promised one stands in, which ends at 2^25.
  const highest = 2 ** 24 + 1;
  const ends = { version: 1, wordBytes: 4, highest } as const;
  assert.equal(decodeHistogram(oldEncoding(histogram, ends), 1).total, histogram.total);
  const present = { ...histogram, layout: { ...histogram.layout, highest } };
  assert.equal(decodeHistogram(encodeHistogram(present), 1).total, histogram.total);
});

test('what is damaged in them is told', () => {
  const histogram = sample();
  const refused = (base64: string, message: RegExp): void =>
    assert.throws(
      () => decodeHistogram(base64, 1),
      (error: unknown) => error instanceof RangeError && message.test(error.message),
    );
  const plain = { version: 1, wordBytes: 8, packed: false } as const;
  const bytes = Buffer.from(oldEncoding(histogram, plain), 'base64');
  refused(bytes.subarray(0, bytes.length - 9).toString('base64'), /cut short/);
  refused(bytes.subarray(0, 36).toString('base64'), /cut short/);
  refused(oldEncoding(histogram, { ...plain, offset: 3 }), /shifted/);
  refused(oldEncoding(histogram, { ...plain, highest: 2 ** 20 }), /more counts/);
  const negative = Buffer.from(bytes);
  negative.writeBigInt64BE(-1n, 40);
  refused(negative.toString('base64'), /a count is malformed/);
  const odd = Buffer.from(bytes);
  odd.writeInt32BE(0x1c849361, 0);
  refused(odd.toString('base64'), /impossible size/);
  odd.writeInt32BE(0x1c849306, 0);
  refused(odd.toString('base64'), /none of the encodings/);
});
