import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { capacityPage } from '../../../src/report/capacityPage.ts';
import { doctorPage } from '../../../src/report/doctorPage.ts';
import { isTrusted, latencyExtent, loadCurve } from '../../../webview/model/loadCurve.ts';
import { placeOn, stripAxis, stripsOf } from '../../../webview/model/strips.ts';
import { capacityRecord, examination } from '../../fixtures/results.ts';

const { levels } = capacityPage(capacityRecord());

describe('the load curve', () => {
  test('rates ascend, and what can’t be trusted stands apart from what can', () => {
    const curve = loadCurve(levels);
    assert.deepEqual(curve.rates, [100, 172, 295, 507, 665, 761, 787, 814, 871, 1500]);
    for (const { trusted, untrusted } of curve.latencies) {
      assert.deepEqual(
        trusted.map((us) => us !== null),
        levels.map(isTrusted),
      );
      assert.deepEqual(
        untrusted.map((us) => us !== null),
        levels.map((level) => !isTrusted(level)),
      );
    }
    assert.equal(curve.latencies[1]?.trusted[0], levels[0]?.latencyUs.p99);
    assert.equal(curve.floorUs, 38);
  });

  test('only objectives about latency have a limit, and one is drawn once', () => {
    const { limits } = loadCurve(levels);
    assert.deepEqual(
      limits.map(({ expr, missed }) => [expr, missed]),
      [['p99 < 20ms', true]],
    );
    assert.ok(limits[0]?.us.every((us) => us === 20_000));
    assert.deepEqual(
      loadCurve(levels.slice(0, 2)).limits.map(({ missed }) => missed),
      [false],
    );
  });

  test('a limit that is a multiple of another quantile moves with the level', () => {
    const multiple = levels.slice(0, 3).map((level, index) => ({
      ...level,
      objectives: [
        { expr: 'p99 < 5 * p50', quantile: 0.99, boundUs: index === 1 ? null : 1000 * index + 1, pass: true },
      ],
    }));
    assert.deepEqual(loadCurve(multiple).limits[0]?.us, [1, null, 2001]);
  });

  test('what was not measured, or is no latency for a logarithmic axis, is left out', () => {
    const [first] = levels;
    assert.ok(first);
    const none = { ...first, latencyUs: { p50: null, p99: 0, 'p99.9': null }, floorUs: null, objectives: [] };
    const curve = loadCurve([none]);
    assert.deepEqual(
      curve.latencies.map(({ trusted }) => trusted),
      [[null], [null], [null]],
    );
    assert.equal(curve.floorUs, null);
    assert.equal(latencyExtent(curve), null);
    assert.equal(latencyExtent(loadCurve([])), null);
    const [low, high] = latencyExtent(loadCurve([first])) ?? [];
    assert.deepEqual([low, high], [first.latencyUs.p50, 20_000]);
  });
});

describe('the machine', () => {
  const page = doctorPage({ startedAt: '2026-03-11T14:15:00.000Z', examination: examination() });

  test('its axis goes by decades around everything drawn, and its marks lie in order', () => {
    const strips = stripsOf(page.figures);
    const axis = stripAxis(strips, [page.p99BudgetUs]);
    assert.deepEqual(axis, { low: 1, high: 10_000, ticks: [1, 10, 100, 1000, 10_000] });
    assert.deepEqual(stripAxis(strips.slice(0, 1), [12]).ticks, [10, 100, 1000]);
    assert.deepEqual(
      [0.1, 1, 100, 10_000, 1e6].map((us) => placeOn(axis, us)),
      [0, 0, 0.5, 1, 1],
    );
    for (const { p50, p99, 'p99.9': p999, max } of strips) {
      const places: number[] = [p50, p99, p999, max].map((us) => placeOn(axis, us ?? NaN));
      assert.deepEqual(
        [...places].sort((a, b) => a - b),
        places,
      );
    }
  });

  test('an answer that never came leaves an axis all the same', () => {
    const none = { count: 0, p50: null, p99: null, 'p99.9': null, max: null };
    const silent = stripsOf({
      ...page.figures,
      tcp: { ...none, lost: 9 },
      udp: { ...none, lost: 9 },
      timerLag: none,
      pacerLag: none,
    });
    assert.deepEqual(stripAxis(silent, [null]), { low: 10, high: 100, ticks: [10, 100] });
  });
});
