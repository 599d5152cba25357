import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import * as hdr from 'hdr-histogram-js';
import { decodeHistogram, encodeHistogram } from '../../../src/latency/hdrEncoding.ts';
import { newHistogram, quantile, record, recordUnits, summarize } from '../../../src/latency/histogram.ts';
import { encodeHlogHeader, encodeHlogLine, parseHlog } from '../../../src/latency/hlog.ts';
import { inflateZlib } from '../../../src/inflate.ts';

const header = encodeHlogHeader({ startTimeMs: 1_700_000_000_123, comments: ['[Slowpath]'] });
const malformed = (pattern: RegExp) => ({ name: 'SlowpathError', code: 'FORMAT_MALFORMED', message: pattern });

function sample(): ReturnType<typeof newHistogram> {
  const histogram = newHistogram();
  for (let us = 1; us <= 1000; us++) record(histogram, us * 3.7);
  return histogram;
}

test('a log is written as the format asks, to the byte', () => {
  const histogram = newHistogram();
  record(histogram, 1500);
  const text = header + encodeHlogLine({ tag: 'response/create', startSeconds: 2, lengthSeconds: 1, histogram });
  assert.equal(
    text,
    [
      '#[Histogram log format version 1.3]',
      '#[StartTime: 1700000000.123 (seconds since epoch), Tue, 14 Nov 2023 22:13:20 GMT]',
      '#[MaxValueDivisor: 1000000.0]',
      '#[Slowpath]',
      '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
      `Tag=response/create,2.000,1.000,1.500,${encodeHistogram(histogram)}`,
      '',
    ].join('\n'),
  );
});

test('what was written is read back: tags, times, quantiles', () => {
  const all = sample();
  const text =
    header +
    encodeHlogLine({ tag: 'response/create', startSeconds: 0, lengthSeconds: 1, histogram: all }, deflateSync) +
    encodeHlogLine({ tag: 'service/create', startSeconds: 0, lengthSeconds: 1, histogram: newHistogram() }) +
    encodeHlogLine({ tag: '', startSeconds: 1, lengthSeconds: 0.5, histogram: all });
  const file = parseHlog(text);
  assert.equal(file.startTimeSeconds, 1_700_000_000.123);
  assert.deepEqual(file.tags, ['response/create', 'service/create', '']);
  assert.deepEqual(
    file.lines.map((line) => [line.startSeconds, line.lengthSeconds, line.histogram.total]),
    [
      [0, 1, 1000],
      [0, 1, 0],
      [1, 0.5, 1000],
    ],
  );
  for (const q of [0.5, 0.9, 0.99, 1]) {
    const [read, written] = [quantile(file.lines[0]?.histogram ?? newHistogram(), q) ?? 0, quantile(all, q) ?? 0];
    assert.ok(Math.abs(read / written - 1) < 0.001, `${q}: ${read} ${written}`);
  }
});

test('hdr-histogram-js reads our lines and we read its', () => {
  const ours = sample();
  const theirs = hdr.decodeFromCompressedBase64(encodeHistogram(ours, deflateSync));
  assert.equal(theirs.totalCount, 1000);
  for (const p of [1, 50, 99]) {
    assert.ok(Math.abs(theirs.getValueAtPercentile(p) / ((quantile(ours, p / 100) ?? 0) * 1000) - 1) < 0.001);
  }
  const reader = new hdr.HistogramLogReader(
    header + encodeHlogLine({ tag: 'a', startSeconds: 0, lengthSeconds: 1, histogram: ours }, deflateSync),
  );
  const line = reader.nextIntervalHistogram();
  assert.equal(line?.totalCount, 1000);
  assert.equal(line.tag, 'a');

  fc.assert(
    fc.property(
      fc.array(fc.nat(60_000_000), { minLength: 1 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 100 }),
      (values, digits, lowest) => {
        const written = hdr.build({
          lowestDiscernibleValue: lowest,
          highestTrackableValue: 3.6e9,
          numberOfSignificantValueDigits: digits as 1,
        });
        for (const value of values) written.recordValue(value);
        const read = decodeHistogram(hdr.encodeIntoCompressedBase64(written), 1);
        assert.equal(read.total, written.totalCount);
        for (const p of [10, 50, 90, 99]) {
          const expected = written.getValueAtPercentile(p);
          assert.ok(
            Math.abs((quantile(read, p / 100) ?? NaN) - expected) <= Math.max(lowest * 2, expected * 10 ** -digits),
          );
        }
      },
    ),
  );
});

test('the unit of a foreign log is told by its Interval_Max, which is in milliseconds by convention', () => {
  const microseconds = hdr.build({ highestTrackableValue: 1e9, numberOfSignificantValueDigits: 3 });
  for (let i = 1; i <= 100; i++) microseconds.recordValue(i * 1000);
  const lines: string[] = [];
  const writer = new hdr.HistogramLogWriter((text) => lines.push(text));
  writer.outputLogFormatVersion();
  writer.outputLegend();
  writer.outputIntervalHistogram(microseconds, 5, 6, 1000);
  const [line] = parseHlog(lines.join('')).lines;
  assert.ok(line);
  assert.equal(line.startSeconds, 5);
  assert.ok(Math.abs((summarize(line.histogram).p50 ?? 0) - 50_000) < 50);
});

test('counts larger than 32 bits survive', () => {
  const histogram = newHistogram();
  recordUnits(histogram, 1000, 2 ** 40 + 3);
  assert.equal(decodeHistogram(encodeHistogram(histogram, deflateSync), 0.001).total, 2 ** 40 + 3);
});

test('our inflater agrees with zlib on anything', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.array(fc.constantFrom(0, 1, 7), { maxLength: 9000 }).map((a) => Uint8Array.from(a)),
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom(0, 1, 6, 9), fc.constantFrom(0, 2, 4), (data, level, strategy) => {
      assert.deepEqual(inflateZlib(deflateSync(data, { level, strategy }), 1 << 20), data);
    }),
  );
});

test('a bomb is stopped at the limit', () => {
  const bomb = deflateSync(Buffer.alloc(200_000_000));
  const before = process.memoryUsage().arrayBuffers;
  assert.throws(() => inflateZlib(bomb, 1_000_000), /unfolds to more than 1000000 bytes/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000);
});

test('header fields that ask for gigabytes are refused before anything is allocated', () => {
  const plain = Buffer.alloc(48);
  plain.writeInt32BE(0x1c849313, 0);
  plain.writeInt32BE(8, 4);
  plain.writeInt32BE(5, 12);
  plain.writeBigInt64BE(1n, 16);
  plain.writeBigInt64BE(2n ** 62n, 24);
  const base64 = plain.toString('base64');
  const wide = parseHlog(`0,1,1,${base64}\n`);
  assert.equal(wide.lines[0]?.histogram.total, 0);
  assert.ok(wide.lines[0].histogram.counts.length < 300_000);

  plain.writeInt32BE(9, 12);
  assert.throws(
    () => parseHlog(`0,1,1,${plain.toString('base64')}\n`),
    malformed(/line 1: number of significant digits/),
  );
  plain.writeInt32BE(3, 12);
  plain.writeBigInt64BE(0n, 16);
  assert.throws(() => parseHlog(`0,1,1,${plain.toString('base64')}\n`), malformed(/line 1: impossible value range/));
  plain.writeBigInt64BE(1n, 16);
  plain.writeInt32BE(2 ** 30, 4);
  assert.throws(() => parseHlog(`0,1,1,${plain.toString('base64')}\n`), malformed(/line 1: counts are cut short/));
});

test('a run of zeros that leaves the histogram is refused', () => {
  const plain = Buffer.concat([Buffer.alloc(40), Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])]);
  plain.writeInt32BE(0x1c849313, 0);
  plain.writeInt32BE(6, 4);
  plain.writeInt32BE(3, 12);
  plain.writeBigInt64BE(1n, 16);
  plain.writeBigInt64BE(1_000_000n, 24);
  assert.throws(
    () => parseHlog(`0,1,1,${plain.toString('base64')}\n`),
    malformed(/more counts than the header allows/),
  );
});

test('the offending line is named', () => {
  const good = encodeHlogLine({ tag: 'a', startSeconds: 0, lengthSeconds: 1, histogram: sample() });
  assert.throws(
    () => parseHlog(`${header}${good}nonsense\n${good}`),
    malformed(/line 7: not "\[Tag=…,\]start,length,max,histogram"/),
  );
  assert.throws(() => parseHlog(`${header}0,NaN,1,AAAA\n`), malformed(/line 6: length is not a number/));
  assert.throws(() => parseHlog(`${header}0,1,1,!!!!\n`), malformed(/line 6: not base64/));
  assert.throws(() => parseHlog('{"not": "a log"}'), malformed(/line 1/));
});

test('a last line cut by a crash is left out, what stands before it is kept', () => {
  const good = encodeHlogLine({ tag: 'a', startSeconds: 0, lengthSeconds: 1, histogram: sample() });
  for (const cut of [5, 20, 60, good.length - 5]) {
    assert.equal(parseHlog(header + good + good.slice(0, cut)).lines.length, 1);
  }
});

test('a tag cannot break out of its field', () => {
  const text = encodeHlogLine({ tag: 'response/a,b\nTag=x', startSeconds: 0, lengthSeconds: 1, histogram: sample() });
  assert.deepEqual(parseHlog(text).tags, ['response/a_b_Tag=x']);
});

test('no text makes the parser do anything but answer or say FORMAT_MALFORMED', () => {
  const good = encodeHlogLine({ tag: 'a', startSeconds: 0, lengthSeconds: 1, histogram: sample() }, deflateSync);
  const mutated = fc
    .tuple(fc.nat(good.length - 1), fc.string({ maxLength: 4 }))
    .map(([at, text]) => good.slice(0, at) + text + good.slice(at + text.length));
  fc.assert(
    fc.property(fc.oneof(fc.string(), mutated), (text) => {
      try {
        parseHlog(text);
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, 'FORMAT_MALFORMED', String(error));
      }
    }),
    { numRuns: 500 },
  );
});
