import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { helpText } from '../../../src/cli/help.ts';
import type { Manifest } from '../../../src/run/model.ts';
import { hotSpots } from '../../../src/report/hotSpots.ts';
import { resultFields } from '../../../src/report/jsonFields.ts';
import { resultJson, type ResultJson } from '../../../src/report/json.ts';
import { analyse } from '../../../src/trace/analyse.ts';
import { syntheticFindings, syntheticRun } from '../../fixtures/run.ts';

const ratios = ['cpu', 'throughput', 'p50', 'p99'];
const ratio = { ratio: 1, low: 0.9, high: 1.1 };
type Overhead = NonNullable<Manifest['overhead']>;
const { verdict: valid, summary } = syntheticRun(1, { durationUs: 1e5 }).manifest;
assert.ok(valid && summary);

const quantiles = ['p50', 'p90', 'p95', 'p99', 'p99.9', 'max'];

function result(change: Partial<Manifest> = {}): ResultJson {
  const synthetic = syntheticRun();
  const run = { ...synthetic, manifest: { ...synthetic.manifest, ...change } };
  return resultJson('/srv/shop/.slowpath/runs/x', run, analyse(run), syntheticFindings());
}

test('The object has exactly the names that scripts rely on, in this order', () => {
  const json = result();
  assert.deepEqual(Object.keys(json), [
    'run',
    'dir',
    'verdict',
    'requests',
    'ratePerSecond',
    'latencyUs',
    'slo',
    'hot',
    'findings',
    'answers',
    'collectors',
    'overhead',
    'steady',
  ]);
  assert.deepEqual(Object.keys(json.verdict), ['valid', 'reasons']);
  assert.deepEqual(Object.keys(json.requests), ['sent', 'ok', 'errors', 'timeouts', 'unsent', 'inFlight']);
  assert.deepEqual(Object.keys(json.ratePerSecond), ['offered', 'achieved']);
  assert.deepEqual(Object.keys(json.latencyUs), ['response', 'service', 'sendLag']);
  for (const series of Object.values(json.latencyUs)) assert.deepEqual(Object.keys(series as object), quantiles);
  for (const each of json.slo) assert.deepEqual(Object.keys(each), ['expr', 'pass', 'actual']);
  for (const each of json.hot)
    assert.deepEqual(Object.keys(each), ['function', 'file', 'line', 'selfPct', 'totalPct', 'tailPct', 'tier']);
  for (const each of json.findings)
    assert.deepEqual(Object.keys(each), ['rule', 'severity', 'title', 'file', 'line', 'evidence']);
  assert.deepEqual(JSON.parse(JSON.stringify(json)), json);
});

test('Every field is documented with its unit, in the help and in the README, and nothing is that is not printed', async () => {
  const full = result({
    steady: { startUs: 1, coldP50Us: 2, steadyP50Us: 1 },
    overhead: { measuredAt: '', pairs: 8, ...Object.fromEntries(ratios.map((name) => [name, ratio])) } as Overhead,
    collectors: [
      { target: 'api', collector: 'probe', label: 'probe', intervalUs: 1, samples: 1, lost: 0, blindSpots: ['x'] },
    ],
    verdict: { ...valid, reasons: [{ code: 'CPU', text: 'x' }] },
    summary: { ...summary, answers: { byStatus: { 200: 1 }, byError: { EPIPE: 1 }, byProtocol: { lost: 1 } } },
  });
  const printed = new Set(pathsOf(full));
  const documented = resultFields.flatMap(({ path }) => expanded(path));
  assert.deepEqual([...printed].sort(), [...documented].sort());
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  for (const { path, meaning } of resultFields) {
    assert.ok(readme.includes(`| \`${path}\` | ${meaning} |\n`), `README lacks: | \`${path}\` | ${meaning} |`);
    for (const topic of ['run', 'show'] as const) assert.ok(helpText(topic).includes(`  ${path}\n`), path);
  }
});

/** `slo[].actual`, with `*` for names that are data. */
function pathsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => pathsOf(each, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  const isData = /^answers\.|evidence$/.test(path);
  return Object.entries(value).flatMap(([name, each]) => {
    const step = isData && path !== 'answers' ? '*' : name;
    return pathsOf(each, path === '' ? step : `${path}.${step}`);
  });
}

function expanded(path: string): string[] {
  const [whole, names] = /\{([^}]*)\}/.exec(path) ?? [];
  if (whole === undefined || names === undefined) return [path];
  return names.split(',').flatMap((name) => expanded(path.replace(whole, name)));
}

test('Its figures are the run’s', () => {
  const json = result();
  assert.equal(json.run, '20260311-141502-orders-7f3a');
  assert.equal(json.requests.sent, 7559);
  assert.ok(Math.abs((json.latencyUs.response.p99 ?? 0) / 32_939.56 - 1) < 0.001, 'to the recorder’s three digits');
  assert.deepEqual(
    json.slo.map(({ pass }) => pass),
    [false, false, true],
  );
  assert.equal(json.findings[0]?.rule, 'NODE02');
  assert.deepEqual(json.findings[0].evidence, { tailShare: 0.87, typicalShare: 0.02, stallMaxUs: 48_900, stalls: 21 });
});

test('The culprit stands first among the hot spots, at its hottest line and not where it starts', () => {
  const [first] = result().hot;
  assert.equal(first?.function, 'recalculate');
  assert.equal(first.file, '/srv/shop/src/prices.js');
  // 80 % of its samples are at line 46; it starts at line 41.
  assert.equal(first.line, 46);
  assert.ok(first.selfPct > 10 && (first.tailPct ?? 0) > 50);
});

test('Only source files are hot spots: no runtime, no native frames', () => {
  const run = syntheticRun();
  const spots = hotSpots(run, analyse(run), 100);
  assert.ok(spots.length > 4);
  for (const { file } of spots) assert.match(file, /^\/srv\/shop\//);
  assert.deepEqual(hotSpots({ ...run, profile: null }, analyse({ ...run, profile: null })), []);
});

test('An invalid measurement has reasons and no response times', () => {
  const { verdict } = syntheticRun().manifest;
  assert.ok(verdict);
  const reasons = [{ code: 'SEND_LAG', text: 'The generator itself sent late.' }] as const;
  const json = result({ verdict: { ...verdict, valid: false, reasons } });
  assert.deepEqual(json.verdict, { valid: false, reasons: ['The generator itself sent late.'] });
  assert.deepEqual(new Set(Object.values(json.latencyUs.response)), new Set([null]));
  assert.deepEqual(new Set(Object.values(json.latencyUs.service)), new Set([null]));
  assert.notEqual(json.latencyUs.sendLag.p99, null);
  assert.deepEqual(
    json.slo.map(({ actual }) => actual === null),
    [true, true, false],
  );
});

test('A run without a result is invalid and says why', () => {
  const nothing = { verdict: null, summary: null, window: null };
  const failed = result({ ...nothing, state: 'failed', error: { code: 'TARGET_EXITED', message: 'It exited.' } });
  assert.deepEqual(failed.ratePerSecond, { offered: null, achieved: null });
  assert.deepEqual(failed.verdict, { valid: false, reasons: ['It exited.'] });
  assert.deepEqual(result({ ...nothing, state: 'incomplete' }).verdict.valid, false);
  assert.match(result({ ...nothing, state: 'cancelled' }).verdict.reasons[0] ?? '', /cancelled/);
});

test('The end of the warm-up, after the first request and after the measurement began; not of a run that is not believed', () => {
  const window = { warmupStartUs: 1e6, startUs: 4e6, endUs: 9e6 };
  const steady = { startUs: 4.5e6, coldP50Us: 9000, steadyP50Us: 2000 };
  assert.deepEqual(result({ window, steady }).steady, {
    afterSeconds: 3.5,
    measuredSeconds: 0.5,
    coldP50Us: 9000,
    steadyP50Us: 2000,
  });
  assert.equal(result({ window, steady: { ...steady, startUs: null } }).steady?.afterSeconds, null);
  assert.equal(result({ window, steady: null }).steady, null);
  assert.equal(result({ window, steady, verdict: null }).steady, null);
});
