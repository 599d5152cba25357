import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { viewsOf } from '../../../webview/content.ts';
import { evidenceFigure, evidenceName } from '../../../src/advice/evidenceWords.ts';
import {
  baseName,
  formatClock,
  formatPercent,
  formatRatio,
  isSource,
  place,
  quantileName,
} from '../../../webview/format.ts';
import { findingsOf } from '../../../webview/model/findings.ts';
import { frameLabels } from '../../../webview/model/labels.ts';
import { initialState, restoreState } from '../../../webview/pageState.ts';
import { syntheticFindings, syntheticRun } from '../../fixtures/run.ts';

describe('what is shown', () => {
  test('quantiles, ratios and shares', () => {
    assert.deepEqual([0.5, 0.99, 0.999, 0.9999, 1].map(quantileName), ['p50', 'p99', 'p99.9', 'p99.99', 'max']);
    assert.deepEqual([1.254, 0.8, null, NaN].map(formatRatio), ['×1.25', '×0.80', '–', '–']);
    assert.deepEqual([0, 0.0004, 0.0042, 0.0996, 0.617, 0.997, 1, null].map(formatPercent), [
      '0%',
      '<0.1%',
      '0.4%',
      '10%',
      '62%',
      '99.7%',
      '100%',
      '–',
    ]);
    assert.deepEqual([formatClock(3.25, 0.1), formatClock(3, 1), formatClock(125, 1)], ['3.3 s', '3 s', '2:05']);
  });

  test('places: the last part, with the package for a library', () => {
    assert.equal(place('/srv/shop/src/prices.js', 41), 'prices.js:41');
    assert.equal(place('C:\\shop\\prices.js', 0), 'prices.js');
    assert.equal(baseName('/srv/node_modules/a/node_modules/@scope/pkg/lib/index.js'), '@scope/pkg/index.js');
    assert.equal(baseName('node:internal/timers'), 'timers');
  });

  test('only files are opened in the editor', () => {
    assert.ok(['/srv/a.js', 'file:///srv/a.js', 'C:\\a.js', '\\\\host\\a.js'].every(isSource));
    assert.ok(!['node:net', '', 'evalmachine.<anonymous>', 'javascript:alert(1)', 'https://x/a.js'].some(isSource));
  });

  test('evidence carries its unit in its name', () => {
    assert.equal(evidenceName('stallMaxUs'), 'stall max');
    assert.equal(evidenceName('tailShare'), 'tail share');
    assert.equal(evidenceFigure('stallMaxUs', 48_900), '48.9 ms');
    assert.equal(evidenceFigure('tailShare', 0.87), '87%');
    assert.equal(evidenceFigure('heapBytes', 1e6), '1 MB');
    assert.equal(evidenceFigure('stalls', 12_345), '12,345');
    assert.equal(evidenceFigure('sync', true), 'yes');
    assert.equal(evidenceFigure('api', 'fs\u001b[31m'), 'fs\\u{1b}[31m');
  });

  test('hostile function names are made visible and short; files stay what they are', () => {
    const run = syntheticRun(1, { durationUs: 1e6, culpritName: `\u202e\u001b[31m</script>${'x'.repeat(1e6)}` });
    assert.ok(run.profile);
    const labels = frameLabels(run.profile);
    const name = labels.name.find((text) => text.includes('</script>'));
    assert.ok(name);
    assert.ok(name.startsWith('\\u{202e}\\u{1b}[31m</script>xxx') && name.length < 400);
    assert.ok(labels.file.includes('/srv/shop/src/prices.js'));
  });

  test('findings of another shape are left out', () => {
    const findings = syntheticFindings();
    assert.deepEqual(findingsOf([...findings, null, 5, {}, { ...findings[0], severity: 'fatal' }]), findings);
  });

  test('views: only those that have something to show', () => {
    assert.deepEqual(viewsOf({ kind: 'loading', title: '', run: null }), []);
    assert.deepEqual(
      viewsOf({ kind: 'profile', title: '', info: {} as never, types: null, opening: 1 }).map((view) => view.name),
      ['flamegraph', 'functions'],
    );
  });
});

describe('state that survives a reload', () => {
  test('what was saved comes back', () => {
    const state = {
      ...initialState,
      view: 'flamegraph',
      mode: 'time',
      range: { startUs: 1, endUs: 2 },
      search: 'x',
      tables: ['flame'],
      sampleType: 'alloc_space',
    } as const;
    assert.deepEqual(restoreState(JSON.parse(JSON.stringify(state))), state);
  });

  test('what makes no sense is left at its default', () => {
    assert.deepEqual(restoreState(null), initialState);
    assert.deepEqual(
      restoreState({
        view: 'nowhere',
        mode: 7,
        range: { startUs: 5, endUs: 1 },
        search: 3,
        tables: [1],
        thread: 1.5,
        sampleType: 'x'.repeat(201),
      }),
      initialState,
    );
  });
});
