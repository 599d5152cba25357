import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  formatBytes,
  formatRate,
  formatCount,
  formatShare,
  formatUs,
  parseDuration,
  parseRate,
  parseSize,
} from '../../../src/plan/units.ts';
import { messageOf } from './expect.ts';

const saying = (act: () => unknown): string => messageOf('PLAN_INVALID', act);

void describe('durations', () => {
  for (const [text, us] of [
    ['250us', 250],
    ['250µs', 250],
    ['250μs', 250],
    ['500ns', 0.5],
    ['1.5ms', 1500],
    ['15s', 15e6],
    ['1m30s', 90e6],
    ['2h', 7200e6],
    ['1h2m3s4ms5us6ns', 3_723_004_005.006],
    ['0s', 0],
    ['168h', 604_800e6],
  ] as const) {
    test(text, () => assert.equal(parseDuration(text), us));
  }

  for (const [text, instead] of [
    ['15 sec', 'write "15s"'],
    ['15sec', 'write "15s"'],
    [' 2 Minutes 5 seconds', 'write "2m5s"'],
    ['15', 'write the unit too, as in "15s" or "15ms"'],
    ['', 'write a number and a unit, as in "250us", "1.5ms", "15s" or "1m30s"'],
    ['-3s', 'write a number and a unit'],
    ['30s1m', 'write a number and a unit'],
    ['1s1s', 'write a number and a unit'],
    ['1e3s', 'write a number and a unit'],
    ['.5s', 'write a number and a unit'],
    ['Infinitys', 'write a number and a unit'],
    ['200h', 'write at most "168h"'],
    ['999999999999999h', 'write at most "168h"'],
  ] as const) {
    test(`${JSON.stringify(text)} is refused: ${instead}`, () => {
      const message = saying(() => parseDuration(text));
      assert.ok(message.includes(`; ${instead}`), message);
      assert.ok(message.startsWith(JSON.stringify(text)), message);
    });
  }

  test('a long hostile text is refused at once', () => {
    const before = process.cpuUsage();
    saying(() => parseDuration('1s'.repeat(500_000)));
    saying(() => parseDuration(`${' '.repeat(200_000)}1`));
    saying(() => parseDuration('9'.repeat(1_000_000)));
    assert.ok(process.cpuUsage(before).user < 2e6);
  });
});

void describe('sizes', () => {
  for (const [text, bytes] of [
    ['512B', 512],
    ['64KB', 64_000],
    ['64kB', 64_000],
    ['1MiB', 1_048_576],
    ['1.5KiB', 1536],
    ['2GB', 2e9],
  ] as const) {
    test(text, () => assert.equal(parseSize(text), bytes));
  }
  for (const [text, instead] of [
    ['64 kb', '"64KB"'],
    ['1mib', '"1MiB"'],
    ['64K', '"64KB"'],
    ['10', '"10B"'],
    ['big', 'a number and a unit'],
    ['-1B', 'a number and a unit'],
    ['constructor', 'a number and a unit'],
  ] as const) {
    test(`${text} is refused: write ${instead}`, () =>
      assert.ok(saying(() => parseSize(text)).includes(`write ${instead}`)));
  }
});

void describe('rates', () => {
  for (const [value, rate] of [
    [500, 500],
    [0.5, 0.5],
    ['500/s', 500],
    ['30k/min', 500],
    ['1.8M/h', 500],
    ['1/ms', 1000],
    ['10M/s', 10e6],
  ] as const) {
    test(String(value), () => assert.equal(parseRate(value), rate));
  }
  for (const [value, instead] of [
    ['500', '"500/s"'],
    ['500 rps', '"500/s"'],
    ['30k per minute', '"30k/min"'],
    ['500 req/s', '"500/s"'],
    ['fast', 'a number a second'],
    [0, 'more than 0'],
    ['0/s', 'more than 0'],
    [-1, 'more than 0'],
    [NaN, 'more than 0'],
    [Infinity, 'at most "10M/s"'],
    ['11M/s', 'at most "10M/s"'],
  ] as const) {
    test(`${value} is refused: write ${instead}`, () =>
      assert.ok(saying(() => parseRate(value)).includes(`write ${instead}`)));
  }
});

void describe('figures', () => {
  for (const [us, text] of [
    [0, '0 µs'],
    [0.0001, '0 µs'],
    [0.4267, '0.427 µs'],
    [1, '1 µs'],
    [52.66, '52.7 µs'],
    [840, '840 µs'],
    [999.4, '999 µs'],
    [999.6, '1 ms'],
    [1234, '1.23 ms'],
    [999_499, '999 ms'],
    [999_500, '1 s'],
    [2.4e6, '2.4 s'],
    [119e6, '119 s'],
    [119.6e6, '2 min'],
    [125e6, '2 min 5 s'],
    [3599.4e6, '59 min 59 s'],
    [3599.6e6, '1 h'],
    [7320e6, '2 h 2 min'],
    [-1234, '-1.23 ms'],
    [null, '–'],
    [NaN, '–'],
    [Infinity, '–'],
  ] as const) {
    test(`${us} µs reads ${text}`, () => assert.equal(formatUs(us), text));
  }
  for (const [share, text] of [
    [0, '0%'],
    [1e-6, '<0.01%'],
    [0.00123, '0.123%'],
    [0.0213, '2.13%'],
    [0.5, '50%'],
    [0.999, '99.9%'],
    [0.99958, '99.95%'],
    [0.99999, '>99.99%'],
    [1, '100%'],
    [1.5, '150%'],
    [-0.1, '-10%'],
    [null, '–'],
  ] as const) {
    test(`a share of ${share} reads ${text}`, () => assert.equal(formatShare(share), text));
  }
  test('rates and sizes', () => {
    assert.deepEqual([0.5, 498.2, 999.6, 12_345, 1.2e6, null].map(formatRate), [
      '0.5/s',
      '498/s',
      '1k/s',
      '12.3k/s',
      '1.2M/s',
      '–',
    ]);
    assert.deepEqual([0, 512, 64_000, 1_048_576, -2000, null].map(formatBytes), [
      '0 B',
      '512 B',
      '64 KB',
      '1.05 MB',
      '-2 KB',
      '–',
    ]);
  });

  test('every figure keeps three significant digits', () => {
    const unitUs: Record<string, number> = { µs: 1, ms: 1e3, s: 1e6 };
    fc.assert(
      fc.property(fc.double({ min: 1, max: 119e6, noNaN: true }), (us) => {
        const [, number = '', unit = ''] = /^([\d.]+) (µs|ms|s)$/.exec(formatUs(us)) ?? [];
        const shown = Number(number) * (unitUs[unit] ?? NaN);
        assert.ok(Math.abs(shown - us) <= us * 0.005001, `${us} → ${formatUs(us)}`);
        assert.ok(number.replace(/^0\.0*|\./g, '').length <= 3, formatUs(us));
      }),
      { numRuns: 500 },
    );
  });
});

void test('counts are grouped by thousands, rounded, and a dash where there is none', () => {
  const words = [0, 7, 999, 1000, 12_345.5, 1_234_567, -1234, NaN, Infinity].map(formatCount);
  assert.deepEqual(words, ['0', '7', '999', '1,000', '12,346', '1,234,567', '-1,234', '–', '–']);
});
