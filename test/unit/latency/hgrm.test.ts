import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as hdr from 'hdr-histogram-js';
import { SlowpathError } from '../../../src/errors.ts';
import { hgrmStatistics, looksLikeHgrm, parseHgrm } from '../../../src/latency/hgrm.ts';
import { hlogModel } from '../../../webview/model/hlog.ts';

/** What the format's own library prints for 1 … 10,000, in ms after its usual scaling from µs. */
function printed(): { text: string; histogram: hdr.Histogram } {
  const histogram = hdr.build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 1e9,
    numberOfSignificantValueDigits: 3,
  });
  for (let us = 1; us <= 10_000; us++) histogram.recordValue(us * 7);
  return { text: histogram.outputPercentileDistribution(5, 1000), histogram };
}

test('quantiles are those of the library that printed the table, as far as its rows are dense', () => {
  const { text, histogram } = printed();
  assert.ok(looksLikeHgrm(text));
  const table = parseHgrm(text);
  assert.equal(table.count, 10_000);
  assert.ok(Math.abs(table.meanUs - histogram.mean) < 1);
  for (const quantile of [0.5, 0.9, 0.99, 0.999, 1]) {
    const expected = histogram.getValueAtPercentile(quantile * 100);
    const read = hgrmStatistics(table).atRank(Math.ceil(quantile * 10_000));
    // Printed with three digits behind the point, and only at the table's own percentiles.
    assert.ok(read >= expected - 1 && read <= expected * 1.06, `${quantile}: ${read} for ${expected}`);
  }
  assert.equal(hgrmStatistics(table).atRank(10_000), Math.max(...table.valueUs));
});

test('the same as CSV, and behind the lines of another tool', () => {
  const { text } = printed();
  const table = parseHgrm(text);
  assert.deepEqual(
    parseHgrm(`Running 30s test\n  Detailed Percentile spectrum:\n${text}\n  1234 requests in 30.00s\n`),
    table,
  );
  const rows = text.split('\n').map((line) => (line.startsWith('#') ? line : line.trim().replaceAll(/ +/g, ',')));
  const csv = parseHgrm(
    rows.join('\n').replace(/^Value,Percentile.*$/m, '"Value","Percentile","TotalCount","1/(1-Percentile)"'),
  );
  assert.deepEqual([csv.count, csv.valueUs.length], [table.count, table.valueUs.length]);
});

test('the page shows its quantiles and no time series', () => {
  const model = hlogModel(printed().text);
  assert.equal(model.tags.length, 1);
  assert.equal(model.timeS.length, 0);
  assert.equal(model.tags[0]?.count, 10_000);
  const curve = model.tags[0].curve;
  assert.ok(curve.length > 10 && (curve.us.at(-1) ?? 0) >= 70_000);
});

test('what is no table, or a damaged one, is told by its line', () => {
  const refused = (text: string, message: RegExp): void =>
    assert.throws(
      () => parseHgrm(text),
      (error: unknown) =>
        error instanceof SlowpathError && error.code === 'FORMAT_MALFORMED' && message.test(error.message),
    );
  const head = 'Value Percentile TotalCount 1/(1-Percentile)\n';
  refused('', /line 1: no "Value/);
  refused(head, /line 1: no percentile/);
  refused(`${head}\n1.0 0.5 10 2\n0.5 0.9 20 10\n`, /line 4: values and counts must ascend/);
  refused(`${head}1.0 1.5 10 2\n`, /line 2: not/);
  refused(`${head}x 0.5 10 2\n`, /line 2: not/);
});

test('changed tables never throw anything else', () => {
  const { text } = printed();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(text.length - 1), fc.constantFrom('0', '.', ',', '#', ' ', 'x', '\n', '-', 'e')), {
        maxLength: 5,
      }),
      (changes) => {
        const letters = text.split('');
        for (const [at, letter] of changes) letters[at] = letter;
        try {
          const table = parseHgrm(letters.join(''));
          assert.ok(table.count >= 0 && table.valueUs.every((value) => value >= 0));
        } catch (error) {
          assert.ok(error instanceof SlowpathError && error.code.startsWith('FORMAT_'), String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});
