import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { clockJumpUs, clockOffsetUs, monotonicUs } from '../../../src/run/clock.ts';
import { counterGrowth, parseCounters, readCounters } from '../../../src/run/counters.ts';
import { runId } from '../../../src/run/folder.ts';
import { gitFacts } from '../../../src/run/git.ts';
import { fingerprint, hostFacts } from '../../../src/run/host.ts';
import { machineFacts, parseSwappedPages } from '../../../src/run/machineFacts.ts';
import { tempDir } from './fakes.ts';

test('Kernel counters are read name by name, as the kernel pairs them', async () => {
  const text =
    'TcpExt: SyncookiesSent DelayedACKs\nTcpExt: 3 12\nIpExt: InOctets\nIpExt: 18446744073709551615\nodd: a b\neven: 1 2\n';
  assert.deepEqual(
    [...parseCounters(text)],
    [
      ['TcpExt.SyncookiesSent', 3],
      ['TcpExt.DelayedACKs', 12],
      ['IpExt.InOctets', 2 ** 64],
    ],
  );
  const now = await readCounters();
  const names = readFileSync('/proc/net/netstat', 'utf8').split('\n')[0]?.split(' ').slice(1) ?? [];
  assert.ok(names.length > 10 && names.every((name) => now?.has(`TcpExt.${name}`)));
  assert.ok(now?.has('Tcp.ActiveOpens'));
});

test('Growth leaves out what stood still, what is a gauge and what was not there before', () => {
  const before = new Map([
    ['Tcp.ActiveOpens', 5],
    ['Tcp.CurrEstab', 1],
    ['Tcp.InSegs', 7],
    ['TcpExt.Wrapped', 9],
  ]);
  const after = new Map([
    ['Tcp.ActiveOpens', 9],
    ['Tcp.CurrEstab', 3],
    ['Tcp.InSegs', 7],
    ['TcpExt.Wrapped', 2],
    ['New.One', 4],
  ]);
  assert.deepEqual(counterGrowth(before, after), { 'Tcp.ActiveOpens': 4 });
});

test('Counters see a real connection', async () => {
  const before = await readCounters();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  server.close();
  const after = await readCounters();
  assert.ok(before && after);
  assert.ok((counterGrowth(before, after)['Tcp.ActiveOpens'] ?? 0) >= 1);
});

test('The clock offset turns a monotonic time into a wall-clock one', () => {
  const offset = clockOffsetUs();
  const beforeMs = Date.now();
  const nowMs = (monotonicUs() + offset) / 1000;
  const afterMs = Date.now() + 1;
  assert.ok(nowMs >= beforeMs - 1 && nowMs <= afterMs, `${nowMs} is not within ${beforeMs}…${afterMs}`);
});

test('A wall clock that was set is told from one that was slewed', () => {
  assert.equal(clockJumpUs(1e15, 1e15 + 3_600e6, 15e6), 3_600e6);
  assert.equal(clockJumpUs(1e15, 1e15 - 1e6, 15e6), -1e6);
  assert.equal(clockJumpUs(1e15, 1e15 + 400, 15e6), null);
  // An hour at NTP's fastest slew, 500 ppm, is 1.8 s and no jump.
  assert.equal(clockJumpUs(1e15, 1e15 + 1.8e6, 3_600e6), null);
});

test('The fingerprint is equal exactly when the machine and the runtimes are', async () => {
  const machine = {
    cpuModel: 'A',
    cpuCount: 8,
    kernel: '6.1',
    governor: 'performance',
    runtimes: ['node 24.1.0', 'node 22.0.0'],
  };
  assert.equal(fingerprint(machine), fingerprint({ ...machine, runtimes: ['node 22.0.0', 'node 24.1.0'] }));
  const others = [
    { cpuModel: 'B' },
    { cpuCount: 4 },
    { kernel: '6.2' },
    { governor: 'powersave' },
    { runtimes: ['node 24.1.0'] },
  ];
  assert.equal(new Set([machine, ...others.map((other) => ({ ...machine, ...other }))].map(fingerprint)).size, 6);
  const facts = await hostFacts(['node 24.1.0']);
  assert.equal(facts.fingerprint, (await hostFacts(['node 24.1.0'])).fingerprint);
  assert.notEqual(facts.fingerprint, (await hostFacts(['node 24.2.0'])).fingerprint);
  assert.equal(facts.node, process.version);
  assert.match(facts.slowpath, /^\d+\.\d+\.\d+/);
});

test('Git facts: commit, branch and whether files were changed; none outside a repository', async (t) => {
  const dir = await tempDir(t);
  assert.equal(await gitFacts(dir), null);
  assert.equal(await gitFacts(join(dir, 'nowhere')), null);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
      encoding: 'utf8',
    }).trim();
  git('init', '-q', '-b', 'trunk');
  assert.equal(await gitFacts(dir), null, 'no commit yet');
  await writeFile(join(dir, 'a.txt'), 'one');
  git('add', 'a.txt');
  git('commit', '-q', '-m', 'one');
  const commit = git('rev-parse', 'HEAD');
  assert.deepEqual(await gitFacts(dir), { commit, branch: 'trunk', dirty: false });
  await mkdir(join(dir, 'deeper'));
  await writeFile(join(dir, 'a.txt'), 'two');
  assert.deepEqual(await gitFacts(join(dir, 'deeper')), { commit, branch: 'trunk', dirty: true });
  git('checkout', '-q', '--force', '--detach');
  assert.deepEqual(await gitFacts(dir), { commit, branch: null, dirty: false });
});

test('A repository’s own configuration can’t start programs', async (t) => {
  const dir = await tempDir(t);
  const marker = join(dir, 'started');
  execFileSync('git', ['init', '-q', dir]);
  execFileSync('git', [
    '-C',
    dir,
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@localhost',
    'commit',
    '-q',
    '--allow-empty',
    '-m',
    'one',
  ]);
  await writeFile(join(dir, 'monitor.sh'), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
  execFileSync('git', ['-C', dir, 'config', 'core.fsmonitor', join(dir, 'monitor.sh')]);
  assert.ok(await gitFacts(dir));
  assert.throws(() => readFileSync(marker), { code: 'ENOENT' });
});

test('Run names sort by time and are safe as folder names', () => {
  const now = new Date('2026-03-11T14:15:02.999Z');
  assert.equal(runId('orders', now, '7f3a'), '20260311-141502-orders-7f3a');
  assert.equal(runId('../../Ümläut & "more"', now, '7f3a'), '20260311-141502-ml-ut-more-7f3a');
  assert.equal(runId('ごはん', now, '7f3a'), '20260311-141502-scenario-7f3a');
  assert.ok(runId('x'.repeat(500), now, '7f3a').length < 80);
});

test('Swapping counts pages both ways', () => {
  assert.equal(parseSwappedPages('pgpgin 9\npswpin 3\npswpout 4\n'), 7);
  assert.equal(parseSwappedPages('pswpin 3\n'), null);
  assert.equal(parseSwappedPages(''), null);
});

test('The facts of this machine are those that its files and tools tell', async () => {
  const facts = await machineFacts();
  assert.equal(facts.host.kernel, readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
  assert.equal(
    facts.usableCores,
    Number(execFileSync('nproc', { env: { PATH: process.env['PATH'] }, encoding: 'utf8' })),
  );
  assert.ok(facts.loadAverage !== null && facts.loadAverage >= 0);
  assert.ok(facts.cpuLimit === null || facts.cpuLimit > 0);
});
