/** What goes wrong around a profile is told, costs the run nothing else, and leaves nothing running. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { Scenario } from '../../../../src/plan/scenario.ts';
import type { MeasureEvent } from '../../../../src/run/measureEvent.ts';
import { openRun } from '../../../../src/run/store.ts';
import { freePort, services as targetServices, until } from '../harness.ts';
import {
  builds,
  hottest,
  missing,
  onPath,
  perfWorks,
  processesWith,
  profiled,
  ready,
  scenarioOf,
  workspace,
} from './support.ts';

const compiler = { 'g++': onPath('g++') };
const needs = missing({ perf: perfWorks, ...compiler });
const cpp = { runtime: 'native', command: join(workspace, 'cpp-service'), build: builds.cpp, ...ready };
const node = process.execPath;
const step = (script: string) => ({ command: node, args: ['-e', script] });

/** With what the tests need on PATH, and without what they ask to be left out. */
function withPath(t: TestContext, path: string): void {
  const before = process.env['PATH'];
  process.env['PATH'] = path;
  t.after(() => (process.env['PATH'] = before));
}

describe('building', () => {
  test('a command that fails ends the run with its last lines, and nothing starts', async () => {
    const build = [
      step('console.log("one")'),
      step('console.error("error[E0308]: mismatched types"); process.exit(101)'),
    ];
    const output: string[] = [];
    const running = profiled(await scenarioOf({ target: { ...cpp, build } }), {
      onEvent: (event) => event.type === 'output' && output.push(event.output.text),
    });
    await assert.rejects(running, {
      code: 'TARGET_BUILD_FAILED',
      message: /^Building target "api" failed: .*-e .* exited with code 101\. Its last output:\n {2}error\[E0308\]/s,
    });
    assert.deepEqual(output, ['one', 'error[E0308]: mismatched types']);
  });

  test('a command that isn’t there', async () => {
    const running = profiled(await scenarioOf({ target: { ...cpp, build: [{ command: 'no-such-builder' }] } }));
    await assert.rejects(running, { code: 'TARGET_BUILD_FAILED', message: /no-such-builder was not found on PATH/ });
  });

  test('a built program that isn’t there', async () => {
    const running = profiled(await scenarioOf({ target: { ...cpp, command: './nowhere', build: [] } }));
    await assert.rejects(running, { code: 'TARGET_COMMAND_NOT_FOUND', message: /correct "command" in the plan/ });
  });

  test('cancelling stops it, with what it started', async () => {
    const stop = new AbortController();
    const mark = `slowpath-build-${process.pid}`;
    const child = `require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "${mark}"], { detached: true }); console.log("building"); setInterval(() => {}, 1000)`;
    const running = profiled(await scenarioOf({ target: { ...cpp, build: [step(child)] } }), {
      signal: stop.signal,
      onEvent: (event) => event.type === 'output' && stop.abort(),
    });
    const outcome = await running.then(
      ({ run }) => run.manifest.state,
      (error: unknown) => (error as { code: string }).code,
    );
    assert.ok(outcome === 'cancelled' || outcome === 'CANCELLED', outcome);
    assert.deepEqual(processesWith(mark), []);
  });
});

test('without perf the run measures all the same, and says what is missing', { skip: missing(compiler) }, async (t) => {
  const scenario = await scenarioOf({ target: cpp, load: { duration: '500ms', warmup: '0s' } });
  const folder = join(workspace, 'bin');
  writeTools(folder, ['g++', 'as', 'ld', 'cc1plus']);
  withPath(t, folder);
  const { run } = await profiled(scenario);
  assert.equal(run.manifest.state, 'complete');
  assert.ok((run.manifest.summary?.requests.ok ?? 0) > 0);
  assert.equal(run.profile, null);
  const gap = run.manifest.gaps.find(({ what }) => what === 'CPU profile of api');
  assert.match(gap?.why ?? '', /^perf: it is not on PATH; install it/);
});

test(
  'a perf that can’t start is told as what is missing, and not as what watched',
  {
    skip: missing(compiler),
  },
  async (t) => {
    const scenario = await scenarioOf({ target: cpp, load: { duration: '500ms', warmup: '0s' } });
    const folder = join(workspace, 'broken-bin');
    writeTools(folder, ['g++', 'as', 'ld', 'cc1plus']);
    writeFileSync(join(folder, 'perf'), '#!/bin/sh\necho "Error:" >&2; echo "No such device" >&2; exit 255\n', {
      mode: 0o755,
    });
    withPath(t, folder);
    const { run } = await profiled(scenario);
    const gap = run.manifest.gaps.find(({ what }) => what === 'CPU profile of api');
    assert.equal(gap?.why, 'perf could not start: No such device.');
    assert.deepEqual(run.manifest.collectors, []);
  },
);

describe('a target under perf', { skip: needs }, () => {
  test('that dies mid-profile fails the run and keeps its samples', async () => {
    const running = profiled(await scenarioOf({ target: cpp, load: { duration: '1m' } }), {
      onEvent: (event) => isMeasuring(event) && void sampled().then((pid) => process.kill(pid, 'SIGKILL')),
    });
    await assert.rejects(running, { code: 'TARGET_EXITED', message: /was ended by SIGKILL during the run/ });
    const run = await openRun(newestRun());
    assert.equal(run.manifest.state, 'failed');
    assert.ok((run.profile?.samples.length ?? 0) > 10, JSON.stringify(run.manifest.gaps));
    assert.deepEqual(processesWith(workspace), []);
  });

  test('that was stripped has nameless functions, and is told how to get their names', async () => {
    const command = join(workspace, 'cpp-stripped');
    // Without the build id too, by which perf would find the symbols of the program that it has seen before.
    const strip = { command: 'strip', args: ['--remove-section=.note.gnu.build-id', command] };
    const build = [...cpp.build, { command: 'cp', args: [cpp.command, command] }, strip];
    const { findings, run } = await profiled(await scenarioOf({ target: { ...cpp, command, build } }));
    const finding = findings.find(({ rule }) => rule === 'RUST05');
    assert.ok(finding, JSON.stringify(findings.map(({ title }) => title)));
    assert.equal(finding.evidence['executable'], command);
    assert.match(finding.title, /^cpp-stripped has no symbols: \d+(\.\d+)?% of the CPU time/);
    assert.ok(run.manifest.gaps.some(({ what }) => what === 'names of functions in cpp-stripped'));
    const named = await profiled(await scenarioOf({ target: cpp }));
    assert.ok(named.findings.every(({ rule }) => rule !== 'RUST05'));
  });

  test('is attached to by its pid, and goes on', async (t) => {
    await profiled(
      await scenarioOf({ target: cpp, collect: { cpu: 'off' }, load: { duration: '200ms', warmup: '0s' } }),
    );
    const port = await freePort();
    const service = spawn(cpp.command, [], {
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => service.kill('SIGKILL'));
    await once(service.stdout, 'data');
    const target = { runtime: 'native', pid: service.pid };
    const result = await profiled(await scenarioOf({ target, load: { url: `http://127.0.0.1:${port}` } }));
    assert.equal(result.run.manifest.targets[0]?.pid, service.pid);
    assert.deepEqual(hottest(result)?.name, 'work::checksum');
    assert.equal(service.exitCode, null);
  });

  test('leaves no perf behind when the run is cancelled', async () => {
    const stop = new AbortController();
    const { run } = await profiled(await scenarioOf({ target: cpp, load: { duration: '1m' } }), {
      signal: stop.signal,
      onEvent: (event) => isMeasuring(event) && void sampled().then(() => stop.abort()),
    });
    assert.equal(run.manifest.state, 'cancelled');
    assert.ok(run.profile, JSON.stringify(run.manifest.gaps));
    assert.deepEqual(processesWith(workspace), []);
    assert.deepEqual(
      readdirSync(newestRun()).filter((name) => name.startsWith('.')),
      [],
    );
  });

  test('leaves no perf behind when its launcher is killed', async () => {
    const scenario = await scenarioOf({ target: cpp });
    const launcher = await launchProfiled(scenario);
    await until('perf records', () => processesWith(workspace).length >= 3 && recorder() !== undefined);
    launcher.kill('SIGKILL');
    await until('all have gone', () => processesWith(workspace).length === 0);
  });
});

function isMeasuring(event: MeasureEvent): boolean {
  return event.type === 'phase' && event.phase === 'measuring';
}

/** The perf that records for a test of this file. */
function recorder(): number | undefined {
  const ours = processesWith(workspace);
  return processesWith('perf record').find((pid) => ours.includes(pid));
}

/** Waits until a target has used 100 ms of CPU time under perf, ten times what is asked of its samples. @returns its process id. */
async function sampled(): Promise<number> {
  let perf: number | undefined;
  await until('perf records', () => (perf ??= recorder()) !== undefined && watchesEvents(perf), 60_000);
  const pid = Number(/\0-p\0(\d+)/.exec(readFileSync(`/proc/${perf}/cmdline`, 'utf8'))?.[1]);
  const fromMs = cpuMs(pid);
  await until('100 ms of CPU time', () => cpuMs(pid) - fromMs >= 100, 60_000);
  return pid;
}

/** Before, it has been started and records nothing yet. */
function watchesEvents(pid: number): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => readlinkSync(join(folder, fd)) === 'anon_inode:[perf_event]');
  } catch {
    // One of its files was closed meanwhile.
    return false;
  }
}

/** proc(5): after the name's parenthesis utime and stime are the 12th and 13th word, in ticks of 10 ms. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(words[11]) + Number(words[12]));
}

/** The launcher fixture, told to profile; settles when it does. */
async function launchProfiled(scenario: Scenario): Promise<ChildProcess> {
  const [target] = scenario.targets;
  const launcher = spawn(node, [join(targetServices, 'launcher.ts'), JSON.stringify(target), workspace, 'profile'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(launcher.stdout, 'data');
  return launcher;
}

/** The tools by these names in a folder of their own. */
function writeTools(folder: string, names: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const found = onPath(name);
    if (found !== null)
      writeFileSync(join(folder, name), `#!/bin/sh\nPATH=/usr/bin:/bin exec ${found} "$@"\n`, { mode: 0o755 });
  }
}

function newestRun(): string {
  const runs = join(workspace, 'runs');
  const names = readdirSync(runs)
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(runs, name));
  return names.sort((a, b) => statSync(a).birthtimeMs - statSync(b).birthtimeMs).at(-1) ?? '';
}
