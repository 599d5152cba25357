import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readArguments } from '../../../src/cli/arguments.ts';
import { ExitCode, exitCodeOf, exitCodeOfRun } from '../../../src/cli/exitCodes.ts';
import { helpText } from '../../../src/cli/help.ts';
import { Progress } from '../../../src/cli/progress.ts';
import { hasColour, type Terminal } from '../../../src/cli/terminal.ts';
import { SlowpathError } from '../../../src/errors.ts';
import type { LoadProgress } from '../../../src/load/result.ts';
import type { Manifest } from '../../../src/run/model.ts';
import { newPaint } from '../../../src/report/paint.ts';
import { syntheticRun } from '../../fixtures/run.ts';

test('Words become commands', () => {
  const run = {
    name: 'run',
    scenario: undefined,
    plan: undefined,
    out: undefined,
    ratePerSecond: undefined,
    durationUs: undefined,
    json: false,
    html: undefined,
    allowRemote: false,
    verbose: false,
  };
  const runs = { plan: undefined, out: undefined };
  const cases: readonly (readonly [string, unknown])[] = [
    ['run', run],
    [
      'run orders --rate 500 --duration 1m30s --json',
      { ...run, scenario: 'orders', ratePerSecond: 500, durationUs: 90e6, json: true },
    ],
    [
      'run --rate=30k/min --html r.html --plan p.jsonc --out d orders',
      { ...run, scenario: 'orders', ratePerSecond: 500, html: 'r.html', plan: 'p.jsonc', out: 'd' },
    ],
    ['--verbose run --allow-remote', { ...run, verbose: true, allowRemote: true }],
    ['run -- --odd', { ...run, scenario: '--odd' }],
    ['show 7f3a --json', { name: 'show', run: '7f3a', runs, json: true }],
    ['report latest --html out.html', { name: 'report', run: 'latest', runs, html: 'out.html' }],
    ['import heap.pb.gz', { name: 'import', file: 'heap.pb.gz', type: undefined, json: false, html: undefined }],
    [
      'import heap.pb.gz --type alloc_space --json --html h.html',
      { name: 'import', file: 'heap.pb.gz', type: 'alloc_space', json: true, html: 'h.html' },
    ],
    ['list --out d', { name: 'list', runs: { ...runs, out: 'd' }, json: false }],
    ['help', { name: 'help', topic: null }],
    ['help run', { name: 'help', topic: 'run' }],
    ['run --help', { name: 'help', topic: 'run' }],
    ['-h', { name: 'help', topic: null }],
    ['', { name: 'help', topic: null }],
    ['--version', { name: 'version' }],
    ['-v', { name: 'version' }],
  ];
  for (const [words, command] of cases)
    assert.deepEqual(readArguments(words.split(' ').filter(Boolean)), command, words);
});

test('What is not understood is one sentence that says what to write', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['rum', /^There is no command "rum"; did you mean run\?$/],
    ['frobnicate', /^There is no command "frobnicate"; see slowpath help\.$/],
    ['run --ratee 5', /^There is no option "--ratee"; did you mean --rate\?$/],
    ['run --zzz', /^There is no option "--zzz"; see slowpath help\.$/],
    ['run -x', /^There is no option "-x"/],
    ['run --rate', /^--rate needs a value, as in --rate 500\.$/],
    ['run --rate --json', /^--rate needs a value/],
    ['run --rate=', /^--rate needs a value/],
    ['run --rate fast', /^--rate: "fast" is not a rate; write a number a second/],
    ['run --rate 0', /^--rate: a rate of 0 offers nothing/],
    ['run --duration 15', /^--duration: "15" is not a duration; write the unit too/],
    ['run --json=yes', /^--json takes no value; leave "yes" out\.$/],
    ['run --json --json', /^--json is given twice; give it once\.$/],
    ['run a b', /^It takes one scenario; leave "b" out\.$/],
    ['show', /^slowpath show needs a run/],
    ['show a --html x', /^slowpath show takes no --html; it takes --plan, --out, --json\.$/],
    ['report a', /^slowpath report needs --html FILE/],
    ['import', /^slowpath import needs a profile file\.$/],
    ['import a b', /^It takes one profile file; leave "b" out\.$/],
    ['import a --plan x', /^slowpath import takes no --plan; it takes --type, --json, --html\.$/],
    ['import a --type', /^--type needs a value, as in --type inuse_space\.$/],
    ['list a', /^slowpath list takes no "a"; it lists all runs\.$/],
    ['help rum', /^There is no command "rum"; did you mean run\?$/],
    ['\u001b[2Jrun', /^There is no command "\\u\{1b\}\[2Jrun"/],
  ];
  for (const [words, message] of cases) {
    assert.throws(
      () => readArguments(words.split(' ')),
      (error) => {
        assert.ok(error instanceof SlowpathError && error.code === 'USAGE', words);
        assert.match(error.message, message, words);
        assert.ok(!error.message.includes('\n'));
        return true;
      },
    );
  }
});

test('Help tells every command, every option it takes, and the exit codes', () => {
  for (const word of ['run', 'show', 'report', 'import', 'list', 'doctor', 'help', '--version', '130'])
    assert.ok(helpText(null).includes(word));
  for (const option of ['plan', 'out', 'rate', 'duration', 'json', 'html', 'allow-remote', 'verbose']) {
    assert.ok(helpText('run').includes(`--${option}`), option);
  }
  for (const option of ['type', 'json', 'html']) assert.ok(helpText('import').includes(`--${option}`), option);
  for (const topic of ['run', 'show', 'report', 'import', 'list', 'doctor', 'help'] as const) {
    assert.ok(helpText(topic).startsWith(`slowpath ${topic}`));
    for (const line of helpText(topic).split('\n')) assert.ok(line.length <= 120, line);
  }
});

test('The exit code fails closed', () => {
  const { manifest } = syntheticRun(1, { durationUs: 1e6 });
  const { summary, verdict } = manifest;
  assert.ok(summary && verdict);
  const met = { ...summary, slo: summary.slo.map((result) => ({ ...result, pass: true })) };
  const code = (change: Partial<Manifest>): number => exitCodeOfRun({ ...manifest, summary: met, ...change });
  assert.equal(code({}), ExitCode.good);
  assert.equal(code({ summary: { ...met, slo: [] } }), ExitCode.good);
  assert.equal(code({ summary }), ExitCode.sloMissed);
  assert.equal(code({ verdict: { ...verdict, valid: false } }), ExitCode.invalid);
  assert.equal(code({ summary, verdict: { ...verdict, valid: false } }), ExitCode.invalid);
  assert.equal(code({ verdict: null }), ExitCode.invalid);
  assert.equal(code({ summary: null }), ExitCode.invalid);
  assert.equal(code({ state: 'incomplete' }), ExitCode.invalid);
  assert.equal(code({ state: 'running' }), ExitCode.invalid);
  assert.equal(code({ state: 'failed' }), ExitCode.targetFailed);
  assert.equal(code({ state: 'cancelled', summary }), ExitCode.cancelled);
});

test('Whose fault an error is decides its exit code', () => {
  assert.equal(exitCodeOf('PLAN_INVALID'), 2);
  assert.equal(exitCodeOf('USAGE'), 2);
  assert.equal(exitCodeOf('RUN_BUSY'), 2);
  assert.equal(exitCodeOf('RUN_WRITE_FAILED'), 2);
  assert.equal(exitCodeOf('TARGET_NOT_READY'), 3);
  assert.equal(exitCodeOf('LOAD_FAILED'), 4);
  assert.equal(exitCodeOf('INTERNAL'), 4);
  assert.equal(exitCodeOf('CANCELLED'), 130);
});

test('Colour follows FORCE_COLOR, then NO_COLOR, then the stream', () => {
  const terminal = { isTTY: true };
  assert.equal(hasColour(terminal, {}), true);
  assert.equal(hasColour({}, {}), false);
  assert.equal(hasColour(terminal, { NO_COLOR: '1' }), false);
  assert.equal(hasColour(terminal, { NO_COLOR: '' }), true);
  assert.equal(hasColour({}, { FORCE_COLOR: '1' }), true);
  assert.equal(hasColour({}, { FORCE_COLOR: '' }), true);
  assert.equal(hasColour(terminal, { FORCE_COLOR: '0' }), false);
  assert.equal(hasColour({}, { FORCE_COLOR: '1', NO_COLOR: '1' }), true);
  assert.equal(hasColour(terminal, { TERM: 'dumb' }), false);
});

const figures: LoadProgress = {
  phase: 'measuring',
  share: 0.43,
  ratePerSecond: 498,
  p50Us: 1234,
  p99Us: 3400,
  errors: 0,
};

function listening(columns: number | null): { readonly terminal: Terminal; readonly said: () => string } {
  let said = '';
  const paint = newPaint(false);
  const terminal = {
    stdout: process.stdout,
    out: () => undefined,
    err: (text: string) => void (said += text),
    paintOut: paint,
    paintErr: paint,
    width: 100,
    liveColumns: () => columns,
  };
  return { terminal, said: () => said };
}

test('On a terminal one line is rewritten, never wider than the terminal, and gone at the end', () => {
  for (const columns of [20, 60, 120]) {
    const { terminal, said } = listening(columns);
    const progress = new Progress(terminal, { verbose: false });
    progress.onEvent({ type: 'phase', phase: 'measuring' });
    progress.onEvent({ type: 'progress', progress: figures });
    progress.onEvent({ type: 'progress', progress: { ...figures, share: 0.5, errors: 2 } });
    progress.end();
    const frames = said().split('\r\u001b[2K');
    assert.equal(frames.at(-1), '');
    assert.ok(!said().includes('\n'));
    for (const frame of frames) assert.ok(frame.length < columns, frame);
    if (columns === 120) {
      assert.match(frames.at(-3) ?? '', /^measuring +━+─+ +43% {2}498\/s {2}p50 1\.23 ms {2}p99 3\.4 ms$/);
      assert.match(frames.at(-2) ?? '', /50% .* 2 errors$/);
    }
  }
});

test('A line that is told meanwhile stands above the live one', () => {
  const { terminal, said } = listening(100);
  const progress = new Progress(terminal, { verbose: true });
  progress.onEvent({ type: 'phase', phase: 'launching' });
  progress.onEvent({ type: 'output', output: { target: 'api', stream: 'stdout', text: 'listening\u001b[2J' } });
  assert.ok(said().endsWith('\r\u001b[2Kapi | listening\\u{1b}[2J\n\r\u001b[2Kstarting targets'));
});

test('Elsewhere phases are lines, and figures come every five seconds', () => {
  const { terminal, said } = listening(null);
  let now = 0;
  const progress = new Progress(terminal, { verbose: false, now: () => now });
  progress.onEvent({ type: 'phase', phase: 'measuring' });
  for (now = 250; now <= 12_000; now += 250) progress.onEvent({ type: 'progress', progress: figures });
  progress.onEvent({ type: 'output', output: { target: 'api', stream: 'stdout', text: 'not told' } });
  progress.end();
  const line = 'measuring     43%  498/s  p50 1.23 ms  p99 3.4 ms';
  assert.equal(said(), `measuring\n${line}\n${line}\n`);
});
