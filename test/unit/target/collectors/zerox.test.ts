/** 0x on a real service: how functions ran, when, in which thread; and what becomes of a run when something is missing or breaks. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { bundlePath } from '../../../../src/bundles.ts';
import { importProfile } from '../../../../src/profile/formats/index.ts';
import { FrameTier, type Profile } from '../../../../src/profile/tables.ts';
import type { Profiled } from '../../../../src/profileScenario.ts';
import { openRun } from '../../../../src/run/store.ts';
import { samplesOf } from './samples.ts';
import { lineWith, processesWith, profiled, ready, scenarioOf, services, workspace } from './support.ts';

const script = join(services, 'zerox/tiers.cjs');
const target = { command: script, cwd: join(services, 'zerox'), ...ready };
const collect = { with: '0x' } as const;

function profileOf({ run }: Pick<Profiled, 'run'>): Profile {
  assert.ok(run.profile, gapsOf({ run }));
  return run.profile;
}

function gapsOf({ run }: Pick<Profiled, 'run'>): string {
  return run.manifest.gaps.map(({ what, why }) => `${what}: ${why}`).join('\n');
}

function sum(counts: ReadonlyMap<unknown, number>): number {
  return [...counts.values()].reduce((all, each) => all + each, 0);
}

test('a service profiled by 0x: how each function ran, in which thread, on the clock of the run, with its lines', async () => {
  const busy = { ...target, env: { ...target.env, WORKER: '1' } };
  const load = { requests: [{ path: '/work', weight: 2 }, { path: '/deep' }], duration: '2s' };
  const result = await profiled(await scenarioOf({ target: busy, collect, load }));
  const { run } = result;
  assert.equal(run.manifest.state, 'complete', gapsOf(result));
  const files = ['api.isolate.json.gz', 'api-worker-1.isolate.json.gz'];
  assert.deepEqual(
    files.filter((file) => !run.manifest.files.includes(file)),
    [],
    gapsOf(result),
  );
  const profile = profileOf(result);
  assert.deepEqual(profile.threads.map(({ name }) => name).sort(), ['main', 'worker 1'], gapsOf(result));
  assert.equal(profile.timeless, false, gapsOf(result));
  assert.doesNotMatch(gapsOf(result), /could not read|join of|original lines/);

  const grind = samplesOf(profile, 'grind');
  const optimised = grind.self.get(FrameTier.optimised) ?? 0;
  const interpreted = grind.self.get(FrameTier.interpreted) ?? 0;
  assert.ok(optimised > interpreted, `${optimised} samples of optimised code, ${interpreted} of interpreted`);
  assert.ok(samplesOf(profile, 'mix').total.has(FrameTier.inlined), 'mix is a part of grind’s code');
  assert.deepEqual([...samplesOf(profile, 'prepareOnce').total.keys()], [FrameTier.interpreted]);

  // The main thread works for requests alone: by the run's clock, its samples lie inside them.
  const { requests, manifest } = run;
  const window = manifest.window ?? { startUs: 0, endUs: 0 };
  const measured = samplesOf(profile, 'grind', 'main').timesUs.filter(
    (at) => at >= window.startUs && at < window.endUs,
  );
  const inside = measured.filter((at) =>
    requests.sentUs.some((sent, row) => sent <= at && at <= (requests.doneUs[row] ?? 0)),
  );
  assert.ok(measured.length > 30, `${measured.length} samples`);
  assert.ok(
    inside.length >= 0.8 * measured.length,
    `${inside.length} of ${measured.length} samples lie inside requests`,
  );

  const head = lineWith(script, 'function grind(');
  const lines = grind.lines.filter((line) => line < head || line > head + 6);
  assert.ok(
    grind.lines.length > 0 && lines.length === 0,
    `lines ${lines.join(' ')} are not those of grind, from ${head} on`,
  );

  // Lines of V8's log that are longer than 0x reads by itself, and deeper than V8 records.
  assert.ok(sum(samplesOf(profile, 'descend').total) > 0);
  assert.match(
    gapsOf(result),
    /outer callers of \d+ of \d+ samples of api\.isolate\.json\.gz: V8 records the innermost 255/,
  );

  assert.deepEqual(hidden(result.dir), []);
  const file = readFileSync(join(result.dir, 'api.isolate.json.gz'));
  assert.ok(samplesOf(importProfile(file), 'grind').timesUs.length > 0, 'it opens by itself');
  const text = gunzipSync(file).toString();
  assert.ok(text.includes('tiers.cjs') && !text.includes('1000003'), 'it holds names and places, but no source');
  assert.ok(!text.includes(bundlePath('preload')), 'the probe is no code of the person');
});

describe('when something fails', () => {
  test('a service that is killed mid-profile leaves its samples, on the clock', async () => {
    const load = { requests: [{ path: '/work', weight: 100 }, { path: '/die' }], duration: '1m' };
    await assert.rejects(profiled(await scenarioOf({ target, collect, load })), { code: 'TARGET_EXITED' });
    const newest = readdirSync(join(workspace, 'runs')).sort().at(-1) ?? '';
    const run = await openRun(join(workspace, 'runs', newest));
    assert.equal(run.manifest.state, 'failed');
    const profile = profileOf({ run });
    assert.ok(profile.samples.length > 10 && !profile.timeless, gapsOf({ run }));
    assert.deepEqual(processesWith(workspace), []);
  });

  test('a 0x that fails costs the run its profile, with its last words', async () => {
    const project = join(workspace, 'broken');
    const fake = join(project, 'node_modules/0x');
    mkdirSync(join(fake, 'lib'), { recursive: true });
    writeFileSync(join(fake, 'package.json'), '{"name":"0x","version":"6.0.0"}');
    writeFileSync(
      join(fake, 'lib/v8-log-to-ticks.js'),
      'module.exports = async () => { throw new Error("no such V8") }',
    );
    cpSync(script, join(project, 'tiers.cjs'));
    const load = { duration: '500ms', warmup: '0s' };
    const result = await profiled(
      await scenarioOf({ target: { ...target, command: 'tiers.cjs', cwd: project }, collect, load }),
    );
    assert.equal(result.run.manifest.state, 'complete');
    assert.equal(result.run.profile, null);
    assert.match(gapsOf(result), /CPU profile of api, process \d+: 0x exited with code 1: no such V8/);
    assert.deepEqual(hidden(result.dir), []);
  });

  test('without 0x the command line says so before anything starts, and how to get it', async () => {
    const project = join(workspace, 'bare');
    mkdirSync(project);
    // A Slowpath of its own: the repository's has 0x beside it.
    cpSync(dirname(bundlePath('preload')), join(project, 'dist'), { recursive: true });
    const plan = {
      scenarios: {
        work: {
          targets: { api: { command: script, cwd: '.', ...ready } },
          load: { url: 'http://127.0.0.1:${port:api}', arrivals: { model: 'constant', rate: 1 } },
          collect,
        },
      },
    };
    writeFileSync(join(project, 'slowpath.jsonc'), JSON.stringify(plan));
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, ['dist/cli.cjs', 'run'], { cwd: project }, (error, _, text) =>
        resolve({ code: error?.code, stderr: text }),
      );
    });
    assert.equal(code, 3, stderr);
    assert.match(
      stderr,
      /slowpath: "with": "0x" needs the npm package 0x \(287 packages, 31 MB\), which \S+bare does not have: run "npm install --save-dev --ignore-scripts 0x" there, or write "with": "auto" in "collect"\./,
    );
    assert.doesNotMatch(stderr, /process \d+/, 'the service was not started');
  });

  test('what runs already, and what is no Node, has no log', async () => {
    const python = { ...target, runtime: 'native', command: process.execPath, args: [script] };
    const load = { duration: '300ms', warmup: '0s' };
    const result = await profiled(await scenarioOf({ target: python, collect, load }));
    assert.match(gapsOf(result), /CPU profile of api: 0x: it looks into Node only, and this is a native target/);
  });
});

function hidden(dir: string): readonly string[] {
  return readdirSync(dir).filter((name) => name.startsWith('.'));
}
