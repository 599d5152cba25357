import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { AnalysisThread, type AnalysisThreadOptions } from '../../../src/editor/analysisThread.ts';

const folder = mkdtempSync(join(tmpdir(), 'slowpath-thread-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Answers with how many requests this thread has had; does what the folder's name says first. */
const script = join(folder, 'worker.cjs');
writeFileSync(
  script,
  `const { parentPort } = require('node:worker_threads');
   let count = 0;
   parentPort.on('message', ({ id, args }) => {
     count++;
     if (args.text === 'hang') for (;;) ;
     if (args.text === 'die') process.exit(3);
     if (args.text === 'throw') throw new Error('oh');
     if (args.text === 'swell') { const all = []; const grow = () => { all.push(Array.from({ length: 5000 }, () => ({}))); setImmediate(grow); }; return grow(); }
     if (args.text === 'refuse') parentPort.postMessage({ id, ok: false, code: 'PLAN_INVALID', message: 'no' });
     else parentPort.postMessage({ id, ok: true, value: { scenarios: [], problems: [], count } });
   });`,
);

async function withThread(
  options: AnalysisThreadOptions,
  work: (ask: (text: string) => Promise<number>) => Promise<void>,
): Promise<void> {
  const thread = new AnalysisThread({ script, ...options });
  try {
    await work(async (text) => ((await thread.ask('readPlan', { text })) as unknown as { count: number }).count);
  } finally {
    await thread.dispose();
  }
}

test('one thread answers all, and is replaced after a rest', () =>
  withThread({ idleMs: 20 }, async (ask) => {
    assert.deepEqual(await Promise.all([ask('a'), ask('b')]), [1, 2]);
    while ((await ask('c')) !== 1) await new Promise((resolve) => setTimeout(resolve, 40));
  }));

test('an error keeps its code and harms no other request', () =>
  withThread({}, async (ask) => {
    await assert.rejects(ask('refuse'), { code: 'PLAN_INVALID', message: 'no' });
    assert.equal(await ask('a'), 2);
  }));

// Long enough for a new thread to begin and answer on a busy machine.
test('a thread that hangs is given up with a sentence, and the next request works', () =>
  withThread({ timeoutMs: 2000 }, async (ask) => {
    await assert.rejects(ask('hang'), { code: 'FORMAT_TOO_LARGE', message: /took longer/ });
    assert.equal(await ask('a'), 1);
  }));

test('a thread that dies or throws is replaced', () =>
  withThread({}, async (ask) => {
    await assert.rejects(ask('die'), { code: 'INTERNAL' });
    await assert.rejects(ask('throw'), { code: 'INTERNAL', message: /oh/ });
    assert.equal(await ask('a'), 1);
  }));

test('a file that needs more memory than there is ends its thread, not the host', () =>
  withThread({ maxHeapMb: 32 }, async (ask) => {
    await assert.rejects(ask('swell'), { code: 'FORMAT_TOO_LARGE', message: /memory/ });
    assert.equal(await ask('a'), 1);
  }));

test('disposing ends what is asked and refuses what is asked later', async () => {
  const thread = new AnalysisThread({ script });
  const asked = thread.ask('readPlan', { text: 'hang' });
  await Promise.all([assert.rejects(asked, { code: 'CANCELLED' }), thread.dispose()]);
  await assert.rejects(thread.ask('readPlan', { text: 'a' }), { code: 'CANCELLED' });
});
