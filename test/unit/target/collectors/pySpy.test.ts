/** What py-spy could not sample, by a py-spy that says exactly what a test wants. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Collection } from '../../../../src/target/collection.ts';
import type { ProfileSession } from '../../../../src/target/collectors/collector.ts';
import { pySpyCollector } from '../../../../src/target/collectors/pySpy.ts';
import { collecting, launchSpec, temporaryFolder, until } from '../harness.ts';
import { busyProcess } from './busy.ts';

const onLinux = { skip: process.platform !== 'linux' };

/** At 200 samples a second, its most. */
const intervalUs = 1000;

interface Spied {
  readonly session: ProfileSession;
  readonly dir: string;
  /** How often the target's processes were asked for. */
  readonly asked: () => number;
}

/** A session whose py-spy notes that it ran, samples until it is interrupted, and ends with these words. */
async function spied(t: TestContext, pid: number, words: string, pids: () => readonly number[]): Promise<Spied> {
  const dir = await temporaryFolder(t);
  const script = [
    '#!/bin/sh',
    `echo ran > ${join(dir, 'ran')}`,
    'while [ "$1" != --output ]; do shift; done',
    `trap 'echo "{}" > "$2"; echo "py-spy> Wrote speedscope file to out.json. ${words}"; exit 0' INT`,
    'echo "py-spy> Sampling process 200 times a second for 2 seconds. Press Control-C to exit."',
    'while :; do sleep 0.02; done',
  ];
  await writeFile(join(dir, 'py-spy'), `${script.join('\n')}\n`, { mode: 0o755 });
  const before = process.env['PATH'];
  process.env['PATH'] = `${dir}${delimiter}${before ?? ''}`;
  t.after(() => (process.env['PATH'] = before));
  let asked = 0;
  const spec = launchSpec('service.py', { runtime: 'python' });
  const collection = await Collection.open({ target: spec.name, dir, cwd: dir });
  t.after(() => collection.dispose());
  const session = await pySpyCollector.start({
    ...{ spec, collect: collecting, python: null, pid, dir, intervalUs, collection },
    pids: () => {
      asked++;
      return pids();
    },
  });
  t.after(() => session.dispose());
  return { session, dir, asked: () => asked };
}

/** What is told of a target that used so much CPU time while py-spy sampled it. */
async function toldAfter(t: TestContext, cpuUs: number, words: string) {
  const { pid, use } = await busyProcess(t);
  const { session, asked } = await spied(t, pid, words, () => [pid]);
  session.measuring(2e6);
  // Before the window, and when it said that it samples.
  await until('py-spy samples', () => asked() >= 2);
  if (cpuUs > 0) await use(cpuUs);
  return session.stop();
}

test('samples that py-spy never took are owed by the CPU time', onLinux, async (t) => {
  const { files, gaps, counts } = await toldAfter(t, 200_000, 'Samples: 2 Errors: 1');
  assert.deepEqual(files, ['api.speedscope.json']);
  assert.ok(counts?.samples === 2 && counts.lost >= 38, JSON.stringify(counts));
  assert.equal(gaps.length, 2, 'beside what all profiles without times leave unsaid');
  assert.match(gaps[1]?.what ?? '', /^some \d+ of \d+ samples of api$/);
  assert.match(gaps[1]?.why ?? '', /^those taken stand for 10 ms of the [\d.]+ m?s of CPU time .*: py-spy came too/);
});

test('stacks that it could not read are told as it counts them', onLinux, async (t) => {
  const { files, gaps, counts } = await toldAfter(t, 50_000, 'Samples: 900 Errors: 100');
  assert.deepEqual([files, counts], [['api.speedscope.json'], { samples: 900, lost: 100 }]);
  assert.deepEqual(gaps[1], {
    what: '100 of 1,000 samples of api',
    why: 'py-spy could not read their stacks (10% lost); profile at a longer interval',
  });
});

test('a target that was idle is told from one whose samples were lost', onLinux, async (t) => {
  const idle = await toldAfter(t, 0, 'Samples: 0 Errors: 0');
  const why = 'no sample was taken: the target was idle, with 0 µs of CPU time by /proc';
  assert.deepEqual(idle, {
    files: [],
    gaps: [{ what: 'CPU profile of api', why }],
    counts: { samples: 0, lost: 0 },
  });
  const lost = await toldAfter(t, 200_000, 'Samples: 0 Errors: 0');
  assert.deepEqual(lost.files, []);
  assert.ok((lost.counts?.lost ?? 0) >= 40, JSON.stringify(lost.counts));
  assert.match(
    lost.gaps[0]?.why ?? '',
    /^all of some \d+ samples were lost, for the target used [\d.]+ m?s of CPU time/,
  );
});

test('a target whose id another process has by now is not looked into', onLinux, async (t) => {
  const { session, dir } = await spied(t, process.pid, 'Samples: 9 Errors: 0', () => []);
  session.measuring(2e6);
  assert.deepEqual(await session.stop(), {
    files: [],
    gaps: [{ what: 'CPU profile of api', why: 'the process had ended when the measured window opened' }],
  });
  await session.dispose();
  const left = await readdir(dir);
  assert.ok(!left.includes('ran'), 'py-spy was not started');
  assert.deepEqual(
    left.filter((name) => name.startsWith('.py-spy')),
    [],
  );
  // It would have been, had the target still been there.
  const other = await spied(t, process.pid, 'Samples: 9 Errors: 0', () => [process.pid]);
  other.session.measuring(2e6);
  await until('py-spy samples', () => other.asked() >= 2);
  assert.equal((await readFile(join(other.dir, 'ran'), 'utf8')).trim(), 'ran');
  await other.session.stop();
});
