import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readArguments } from '../../../src/cli/arguments.ts';
import { doctorCommand } from '../../../src/cli/doctorCommand.ts';
import { ExitCode } from '../../../src/cli/exitCodes.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import type { DoctorTimes, MachineFigures, Quantiles } from '../../../src/load/doctor/figures.ts';
import { newPaint } from '../../../src/report/paint.ts';
import { childrenOf } from '../load/support.ts';
import { lingering, start } from './harness.ts';

const entry = join(import.meta.dirname, '../../../src/load/doctor/main.ts');
const short: DoctorTimes = { pingPongMs: 300, latenessMs: 200, spinMs: 100, trialMs: 50, pairs: 6 };
const long: DoctorTimes = { pingPongMs: 60_000, latenessMs: 1, spinMs: 1, trialMs: 1, pairs: 1 };

function listening(onErr: (text: string) => void = () => undefined): {
  readonly terminal: Terminal;
  readonly printed: () => string;
} {
  let printed = '';
  const paint = newPaint(false);
  const terminal = {
    stdout: process.stdout,
    out: (text: string) => void (printed += text),
    err: onErr,
    paintOut: paint,
    paintErr: paint,
    width: 100,
    liveColumns: () => null,
  };
  return { terminal, printed: () => printed };
}

const cwd = import.meta.dirname;

function assertPlausible(what: string, { count, p50, p99, max, 'p99.9': p999 }: Quantiles): void {
  assert.ok(count > 0, what);
  const values = [p50, p99, p999, max].map((value) => value ?? NaN);
  assert.ok(
    values.every((value, i) => value >= (values[i - 1] ?? 0)),
    `${what}: ${values.join(' ')}`,
  );
}

test('doctor measures a real machine, says so in order, prints one object and leaves no process', async () => {
  const said: string[] = [];
  let seen = 0;
  const { terminal, printed } = listening((text) => {
    said.push(text.trim());
    seen = Math.max(seen, childrenOf(process.pid).length);
  });
  const signal = new AbortController().signal;
  const code = await doctorCommand(
    { name: 'doctor', json: true, html: undefined },
    { terminal, cwd, signal, times: short, entry },
  );
  assert.deepEqual(childrenOf(process.pid), []);
  assert.equal(seen, 1);
  assert.deepEqual(said, [
    'measuring TCP round trips',
    'measuring UDP round trips',
    'measuring timers and pacing',
    'measuring CPU taken away',
    'measuring noise between identical loads',
  ]);
  const { valid, us, noise, lines } = JSON.parse(printed()) as {
    valid: boolean;
    us: MachineFigures;
    noise: Record<'p50' | 'p99', { pairs: number; low: number; high: number; detectable: { effect: number }[] }>;
    lines: { mark: string }[];
  };
  assert.equal(code, valid ? ExitCode.good : ExitCode.invalid);
  assert.equal(
    valid,
    lines.every(({ mark }) => mark !== 'invalid'),
  );
  for (const name of ['tcp', 'udp', 'timerLag', 'pacerLag'] as const) assertPlausible(name, us[name]);
  for (const { p50 } of [us.tcp, us.udp]) assert.ok(p50 !== null && p50 > 3 && p50 < 5000, String(p50));
  const { windowUs, totalUs, longestUs, count } = us.gaps;
  assert.ok(windowUs >= 100_000 && totalUs <= windowUs && longestUs <= totalUs && totalUs >= 50 * count);
  assert.equal(us.pairs.length, 6);
  for (const { before, after } of us.pairs) {
    for (const { p50, p99 } of [before, after]) assert.ok(p50 !== null && p99 !== null && p50 > 0 && p50 <= p99);
  }
  for (const { pairs, low, high, detectable } of [noise.p50, noise.p99]) {
    assert.ok(pairs === 6 && low <= high);
    const [eight = NaN, sixteen = NaN, thirtyTwo = NaN] = detectable.map(({ effect }) => effect);
    assert.ok(eight >= sixteen && sixteen >= thirtyTwo && thirtyTwo >= 0);
  }
});

test('Cancelled in the middle it ends at once, prints nothing and leaves no process', async () => {
  const stop = new AbortController();
  const { terminal, printed } = listening(() => {
    assert.equal(childrenOf(process.pid).length, 1);
    stop.abort();
  });
  const running = doctorCommand(
    { name: 'doctor', json: false, html: undefined },
    { terminal, cwd, signal: stop.signal, times: long, entry },
  );
  await assert.rejects(running, { code: 'CANCELLED' });
  assert.deepEqual(childrenOf(process.pid), []);
  assert.equal(printed(), '');
});

test('Ctrl+C ends the command with 130 and leaves no process', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'slowpath-doctor-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const { pid, says, ended } = start(dir, ['doctor']);
  await says(/measuring UDP/);
  // The whole group, as a terminal does.
  process.kill(-pid, 'SIGINT');
  const { code, stdout, stderr } = await ended;
  assert.equal(code, ExitCode.cancelled, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /slowpath: Cancelled; the machine was not judged\.\n$/);
  assert.deepEqual(await lingering(dir), []);
});

test('Cancelled before it began it starts nothing', async () => {
  const { terminal } = listening(() => assert.fail('nothing is measured'));
  const signal = AbortSignal.abort();
  await assert.rejects(
    doctorCommand({ name: 'doctor', json: false, html: undefined }, { terminal, cwd, signal, times: long, entry }),
    {
      code: 'CANCELLED',
    },
  );
  assert.deepEqual(childrenOf(process.pid), []);
});

test('A measuring process that dies is told with its last words', async () => {
  const { terminal } = listening();
  const signal = new AbortController().signal;
  const missing = join(import.meta.dirname, 'missing.ts');
  const running = doctorCommand(
    { name: 'doctor', json: true, html: undefined },
    { terminal, cwd, signal, entry: missing },
  );
  await assert.rejects(running, { code: 'LOAD_FAILED', message: /ended early \(exit code 1\).*Cannot find module/s });
});

test('Whoever started it is gone: the measuring process ends', async () => {
  const child = fork(entry, [JSON.stringify(long)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(child, 'message');
  const ended = once(child, 'exit');
  child.disconnect();
  assert.deepEqual(await ended, [0, null]);
});

test('Its words', () => {
  assert.deepEqual(readArguments(['doctor']), { name: 'doctor', json: false, html: undefined });
  assert.deepEqual(readArguments(['doctor', '--json']), { name: 'doctor', json: true, html: undefined });
  assert.throws(() => readArguments(['doctor', 'me']), {
    code: 'USAGE',
    message: 'slowpath doctor takes no "me"; it measures this machine.',
  });
  assert.throws(() => readArguments(['doctor', '--plan', 'x']), {
    message: 'slowpath doctor takes no --plan; it takes --json, --html.',
  });
});
