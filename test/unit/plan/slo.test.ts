import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SlowpathError } from '../../../src/errors.ts';
import { parseSlo } from '../../../src/plan/slo.ts';
import { messageOf } from './expect.ts';

const quantile = (value: number) => ({ kind: 'quantile', quantile: value });
const value = (number: number) => ({ kind: 'value', value: number });

void describe('objectives', () => {
  for (const [source, metric, comparison, bound] of [
    ['p99 < 2ms', quantile(0.99), '<', value(2000)],
    ['p99.9 < 2 * p50', quantile(0.999), '<', { kind: 'multiple', factor: 2, metric: quantile(0.5) }],
    ['p99.9<2.5*p50', quantile(0.999), '<', { kind: 'multiple', factor: 2.5, metric: quantile(0.5) }],
    ['p99 <= p50 * 3', quantile(0.99), '<=', { kind: 'multiple', factor: 3, metric: quantile(0.5) }],
    ['max < p99', { kind: 'max' }, '<', { kind: 'multiple', factor: 1, metric: quantile(0.99) }],
    ['errors < 0.1%', { kind: 'errors' }, '<', value(0.001)],
    ['errors <= 0 %', { kind: 'errors' }, '<=', value(0)],
    ['rate > 990/s', { kind: 'rate' }, '>', value(990)],
    ['rate >= 60k/min', { kind: 'rate' }, '>=', value(1000)],
    ['  max < 50ms ', { kind: 'max' }, '<', value(50_000)],
    ['mean < 1.5ms', { kind: 'mean' }, '<', value(1500)],
    ['p99.999 < 1s', quantile(0.99999), '<', value(1e6)],
  ] as const) {
    test(source, () => assert.deepEqual(parseSlo(source), { source, metric, comparison, bound }));
  }

  for (const [source, column, instead] of [
    ['', 1, 'write one first'],
    ['< 2ms', 1, 'write one first'],
    ['q99 < 2ms', 1, 'write "p99" (any quantile), "max"'],
    ['  p99x < 2ms', 3, 'write "p99"'],
    ['p100 < 2ms', 1, 'write "max"'],
    ['p0 < 2ms', 1, 'write a quantile above p0'],
    ['p99', 4, 'write <, <=, > or >='],
    ['p99 = 2ms', 5, 'write <, <=, > or >='],
    ['p99 =< 2ms', 5, 'write <, <=, > or >='],
    ['p99 <', 6, '"p99 < 2ms"'],
    ['p99 < 2', 7, 'as in "2s" or "2ms"'],
    ['p99 < 2 msec', 7, 'write "2ms"'],
    ['p99 < 2ms and p50 < 1ms', 7, 'write each objective as a text of its own'],
    ['errors<1%;p50<1ms', 8, 'write each objective as a text of its own'],
    ['p99.9 < 2p50', 9, 'write "2 * p50"'],
    ['p99.9 < 1.5 x max', 9, 'write "1.5 * max"'],
    ['p99 < 0s', 7, 'write a time above 0'],
    ['errors < 0%', 10, 'write "errors <= 0%"'],
    ['p99 < 0.1%', 7, 'write a number and a unit'],
    ['p99 < 2 * errors', 7, 'write a latency'],
    ['p99 < 2 * p99', 7, 'write another latency'],
    ['p99 < 0 * p50', 7, 'write a factor above 0'],
    ['p99 < fast', 7, 'write "p99"'],
    ['errors < 0.1', 10, '"errors < 0.1%"'],
    ['errors < 101%', 10, 'at most 100%'],
    ['rate > 990', 8, 'write "990/s"'],
    ['rate >', 7, '"rate > 990/s"'],
  ] as const) {
    test(`${JSON.stringify(source)} is refused at column ${column}: ${instead}`, () => {
      const message = messageOf('PLAN_INVALID', () => parseSlo(source));
      assert.ok(message.startsWith(`column ${column}: `), message);
      assert.ok(message.includes(instead), message);
    });
  }

  test('whatever the text, one clear error or an objective that reads back the same', () => {
    const piece = fc.constantFrom(
      'p99',
      'p',
      '99.9',
      'max',
      'errors',
      'rate',
      '<',
      '>=',
      '=',
      ' ',
      '2ms',
      '0.1%',
      '990/s',
      '2',
      '*',
      'p50',
      '\u001b[31m',
      '\u202e',
      '\0',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
        ),
        (text) => {
          try {
            const slo = parseSlo(text);
            assert.deepEqual(parseSlo(slo.source), slo);
          } catch (error) {
            assert.ok(error instanceof SlowpathError);
            assert.match(error.message, /^column \d+: .+; .+$/);
            assert.doesNotMatch(error.message, /[\p{Cc}\p{Cf}]/u);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
