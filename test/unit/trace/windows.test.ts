import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { latencyIn } from '../../../src/trace/latencyOrder.ts';
import { episodesOf, requestSets, unionWindows } from '../../../src/trace/windows.ts';
import { requestTable, type PlainRequest } from './syntheticRun.ts';

const everything = { startUs: 0, endUs: 1e12 };
/** Response times 1…count µs in a scrambled order. */
const ramp = (count: number, more: Partial<PlainRequest> = {}): PlainRequest[] =>
  Array.from({ length: count }, (_, row) => ({
    intended: row * 10_000,
    done: row * 10_000 + 1 + ((row * 7919) % count),
    ...more,
  }));
const times = (requests: readonly PlainRequest[], rows: Int32Array | undefined): number[] =>
  [...(rows ?? [])].map((row) => (requests[row]?.done ?? 0) - (requests[row]?.intended ?? 0)).sort((a, b) => a - b);

describe('slow and typical requests', () => {
  test('of 2,000: the twenty slowest against p40 to p60', () => {
    const requests = ramp(2000);
    const sets = requestSets(requestTable(requests), everything, 0.99);
    assert.deepEqual(
      times(requests, sets?.slow),
      Array.from({ length: 20 }, (_, index) => 1981 + index),
    );
    const typical = times(requests, sets?.typical);
    assert.deepEqual([typical[0], typical.at(-1), typical.length], [800, 1200, 401]);
    assert.deepEqual([sets?.thresholdUs, sets?.quantile, sets?.quantileAsked], [1980, 0.99, 0.99]);
  });

  test('fewer than ten slow ones lower the quantile, and it says so', () => {
    const sets = requestSets(requestTable(ramp(300)), everything, 0.99);
    assert.deepEqual([sets?.quantile, sets?.quantileAsked, sets?.slow.length], [0.95, 0.99, 15]);
    assert.equal(requestSets(requestTable(ramp(20)), everything, 0.999)?.quantile, 0.75);
  });

  test('each endpoint has its own threshold: a slow kind of request does not fill the tail', () => {
    const fast = ramp(1000, { endpoint: 0 });
    const slow = ramp(1000, { endpoint: 1 }).map((request) => ({ ...request, done: request.done + 1e6 }));
    const sets = requestSets(requestTable([...fast, ...slow], ['a', 'b']), everything, 0.99);
    assert.deepEqual([...(sets?.thresholdsUs ?? [])], [990, 1e6 + 990]);
    assert.deepEqual([...(sets?.slow ?? [])].filter((row) => row < 1000).length, 10);
    assert.equal(sets?.slow.length, 20);
    assert.equal(sets.thresholdUs, 990);
  });

  test('the range counts by intended time', () => {
    const sets = requestSets(requestTable(ramp(2000)), { startUs: 0, endUs: 10_000_000 }, 0.99);
    assert.equal(sets?.slow.length, 10);
    assert.ok([...sets.slow, ...sets.typical].every((row) => row < 1000));
  });

  test('where nothing is slower than the rest there is no tail', () => {
    assert.equal(
      requestSets(requestTable(ramp(500).map(({ intended }) => ({ intended, done: intended + 5 }))), everything, 0.99),
      null,
    );
    assert.equal(requestSets(requestTable([]), everything, 0.99), null);
  });
});

describe('windows', () => {
  const requests = requestTable([
    { intended: 0, done: 1000 },
    { intended: 500, done: 1500 },
    { intended: 3000, done: 4000 },
    { intended: 50_000, done: 50_100 },
  ]);
  const rows = Int32Array.of(0, 1, 2, 3);

  test('overlapping ones are one', () =>
    assert.deepEqual([...unionWindows(requests, rows)], [0, 1500, 3000, 4000, 50_000, 50_100]));
  test('an episode bridges 2 ms', () => assert.deepEqual([...episodesOf(requests, rows)], [0, 4000, 50_000, 50_100]));
});

test('latencies of a range: response from intended, service from sent, unsent ones only in the response', () => {
  const requests = requestTable([
    { intended: 0, sent: 5, done: 100 },
    { intended: 10, sent: 10, done: 50 },
    { intended: 20, sent: Number.NaN, done: 1020 },
    { intended: 5000, sent: 5000, done: 9000 },
  ]);
  const { response, service, sendLag } = latencyIn(requests, { startUs: 0, endUs: 1000 });
  assert.deepEqual([response.p50, response.max], [100, 1000]);
  assert.deepEqual([service.p50, service.max], [40, 95]);
  assert.deepEqual([sendLag.p50, sendLag.max], [0, 5]);
});
