import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { emptyRuntime, readRuntime } from '../../../src/target/runtimeLog.ts';
import { RuntimeWriter } from '../../../src/target/runtimeWriter.ts';
import type { RuntimeThread } from '../../../src/target/tables.ts';
import { temporaryFolder } from './harness.ts';

const api: RuntimeThread = { target: 'api', pid: 10, tid: 10, name: 'main' };
const worker: RuntimeThread = { target: 'api', pid: 10, tid: 12, name: 'worker 1' };
const auth: RuntimeThread = { target: 'auth', pid: 20, tid: 20, name: 'main' };

async function sample(t: Parameters<typeof temporaryFolder>[0]): Promise<string> {
  const dir = await temporaryFolder(t);
  const writers = [new RuntimeWriter(dir), new RuntimeWriter(dir)] as const;
  writers[0].thread({ ...api, name: 'node' });
  writers[0].thread(api);
  writers[0].thread(worker);
  writers[1].thread(auth);
  writers[0].rows('gc', worker, [
    [300, 100.26],
    [5, 7],
    [4, 1],
  ]);
  writers[0].rows('serverRequests', api, [
    [1, 2],
    [1.5, 2.5],
    [3, Number.NaN],
    [4000, 0],
  ]);
  writers[1].rows('stalls', auth, [[50], [20_000]]);
  writers[0].rows('memory', api, [[1], [2 ** 40], [3], [4]]);
  writers[0].rows('sched', worker, [
    [1, 2],
    [10, 20],
    [0, 1],
  ]);
  writers[0].rows('clientRequests', api, [[9], [8]]);
  await Promise.all(writers.map((writer) => writer.dispose()));
  return readFileSync(writers[0].file, 'utf8');
}

describe('runtime.jsonl', () => {
  test('what was written is read back, ordered by time, NaN included, targets apart', async (t) => {
    const text = await sample(t);
    assert.equal(text.split('\n')[0], '{"format":1,"kind":"slowpath-runtime"}');
    const all = readRuntime(text);
    assert.deepEqual(
      new Set(all.threads.map(({ target, name }) => `${target} ${name}`)),
      new Set(['api main', 'api worker 1', 'auth main']),
    );
    assert.deepEqual([...all.gc.startUs], [100.3, 300]);
    assert.deepEqual([...all.gc.kind], [1, 4]);
    assert.deepEqual([...all.serverRequests.finishUs], [3, Number.NaN]);
    assert.deepEqual([...all.serverRequests.port], [4000, 0]);
    assert.deepEqual(all.threads[all.gc.thread[0] ?? -1], worker);
    assert.equal(all.memory.rssBytes[0], 2 ** 40);
    const one = readRuntime(text, 'auth');
    assert.deepEqual(one.threads, [auth]);
    assert.deepEqual([...one.stalls.durationUs], [20_000]);
    assert.equal(one.gc.length, 0);
  });

  test('cut off anywhere it opens, with the rows of the whole lines', async (t) => {
    const text = await sample(t);
    const whole = readRuntime(text);
    for (let end = 0; end < text.length; end++) {
      const cut = readRuntime(text.slice(0, end));
      assert.ok(cut.gc.length <= whole.gc.length && cut.threads.length <= whole.threads.length);
    }
    const withoutLast = readRuntime(text.slice(0, -10));
    assert.ok(withoutLast.threads.length > 0);
  });

  test('an empty record has every table, empty', () => {
    const empty = emptyRuntime();
    assert.deepEqual(readRuntime(''), empty);
    assert.equal(empty.serverRequests.finishUs.length, 0);
  });

  test('a future format is refused with a sentence', () => {
    assert.throws(() => readRuntime('{"format":2,"kind":"slowpath-runtime"}\n'), {
      code: 'RUN_FUTURE_FORMAT',
      message: /update Slowpath/,
    });
  });

  test('hostile lines change nothing', () => {
    const thread = '{"thread":"a","target":"api","pid":1,"tid":1,"name":"x"}';
    const lines = [
      '{"table":"gc","thread":"unknown","startUs":[1],"durationUs":[1],"kind":[1]}',
      '{"table":"gc","thread":"a","startUs":[1,2],"durationUs":[1],"kind":[1]}',
      '{"table":"gc","thread":"a","startUs":"1","durationUs":[1],"kind":[1]}',
      '{"table":"gc","thread":"a","startUs":["1"],"durationUs":[1],"kind":[1]}',
      '{"table":"__proto__","thread":"a","startUs":[1]}',
      '{"table":"constructor","thread":"a"}',
      '{"thread":"b","target":"api","pid":"1","tid":1,"name":"x"}',
      `{"thread":"c","target":"api","pid":1,"tid":1,"name":"${'x'.repeat(10_000)}"}`,
      'null',
      '[]',
      '"text"',
      '{',
    ];
    const tables = readRuntime([thread, ...lines].join('\n'));
    assert.equal(tables.gc.length, 0);
    assert.equal(tables.threads.length, 1);
  });

  test('random text and random JSON never throw', () => {
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({
          table: fc.constantFrom('gc', 'sched', 'memory'),
          thread: fc.constant('a'),
          startUs: fc.array(fc.oneof(fc.double(), fc.anything())),
        })
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = [
          '{"thread":"a","target":"api","pid":1,"tid":1,"name":"x"}',
          ...lines.filter((each) => !each.includes('format')),
        ].join('\n');
        const tables = readRuntime(text);
        assert.equal(tables.gc.startUs.length, tables.gc.length);
      }),
    );
  });
});
