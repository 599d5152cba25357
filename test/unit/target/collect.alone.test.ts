import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Profile } from '../../../src/profile/tables.ts';
import { monotonicUs } from '../../../src/target/clock.ts';
import type { TargetRecord } from '../../../src/target/target.ts';
import { nodes, start, until } from './harness.ts';

/** Samples with a function of that name on the stack. */
function samplesOf(profile: Profile | null, name: string): { readonly thread: number; readonly timeUs: number }[] {
  assert.ok(profile);
  const { samples, stacks, frames, strings } = profile;
  const found: { thread: number; timeUs: number }[] = [];
  for (let row = 0; row < samples.length; row++) {
    let stack = samples.stack[row] ?? -1;
    while (stack >= 0 && strings[frames.name[stacks.frame[stack] ?? 0] ?? 0] !== name)
      stack = stacks.parent[stack] ?? -1;
    if (stack >= 0) found.push({ thread: samples.thread[row] ?? 0, timeUs: samples.timeUs[row] ?? 0 });
  }
  return found;
}

/** Rows of the requests that began after a moment, by their first synchronous part. */
function requestsAfter(
  { runtime: { serverRequests: table } }: TargetRecord,
  sinceUs: number,
): { startUs: number; syncUs: number; totalUs: number; port: number }[] {
  return Array.from({ length: table.length }, (_, row) => {
    const startUs = table.startUs[row] ?? 0;
    return {
      startUs,
      syncUs: (table.syncEndUs[row] ?? 0) - startUs,
      totalUs: (table.finishUs[row] ?? 0) - startUs,
      port: table.port[row] ?? 0,
    };
  }).filter(({ startUs }) => startUs >= sinceUs);
}

for (const node of nodes) {
  describe(`what is collected from ${node}`, () => {
    test('requests, stalls, GC, memory, CPU time and the profile stand on one clock', async (t) => {
      const { target, get, dir } = await start(t, 'http.cjs', { runtimeExecutable: node });
      await target.startProfile(1000);
      const before = monotonicUs();
      await get('/work?ms=80');
      const tookUs = monotonicUs() - before;
      await get('/microtasks?ms=40');
      await get('/later?ms=60');
      await get('/garbage');
      const after = monotonicUs();
      const record = await target.collect();
      await target.dispose();

      const [work, microtasks, later] = requestsAfter(record, before);
      assert.ok(work && microtasks && later);
      assert.ok(work.startUs > before && work.startUs < after);
      assert.ok(work.syncUs >= 80_000 && work.syncUs < tookUs, `busy part ${work.syncUs} of ${tookUs}`);
      // The handler awaits ten times before it is done: its microtasks belong to the first part, its timer does not.
      assert.ok(
        microtasks.syncUs >= 40_000 && microtasks.totalUs >= 90_000,
        `microtasks ${microtasks.syncUs} of ${microtasks.totalUs}`,
      );
      assert.ok(later.syncUs < 50_000 && later.totalUs >= 59_000, `timer ${later.syncUs} of ${later.totalUs}`);
      assert.ok(work.port > 1024 && work.port === later.port, 'one kept-alive connection');

      const { stalls, gc, memory, sched, threads } = record.runtime;
      const stall = stalls.startUs.findIndex(
        (startUs, row) =>
          startUs <= work.startUs + 1000 && startUs + (stalls.durationUs[row] ?? 0) >= work.startUs + work.syncUs,
      );
      assert.ok(stall >= 0, 'the busy handler is in the list of stalls');
      assert.ok(
        (stalls.durationUs[stall] ?? 0) - work.syncUs < 40_000,
        `stall of ${stalls.durationUs[stall]} for ${work.syncUs}`,
      );
      assert.ok(
        gc.startUs.some(
          (startUs, row) =>
            startUs > before &&
            startUs < after &&
            (gc.durationUs[row] ?? 0) > 0 &&
            [1, 2, 4, 8].includes(gc.kind[row] ?? 0),
        ),
      );
      assert.ok(
        memory.length > 0 &&
          (memory.rssBytes[0] ?? 0) > 1e7 &&
          (memory.heapLimitBytes[0] ?? 0) > (memory.heapUsedBytes[0] ?? 0),
      );
      const main = threads.findIndex(({ pid, tid, name }) => pid === target.pid && tid === pid && name === 'main');
      assert.ok(main >= 0);
      const busyOrWaiting = sched.cpuUs
        .map((cpuUs, row) => cpuUs + (sched.waitUs[row] ?? 0))
        .filter((_, row) => sched.thread[row] === main);
      assert.ok(
        (busyOrWaiting.at(-1) ?? 0) - (busyOrWaiting[0] ?? 0) > 100_000,
        'for the 120 ms of the two handlers, less a poll, the thread ran or was waiting to',
      );

      const busy = samplesOf(record.profile, 'busy');
      const within = busy.filter(({ timeUs }) =>
        [work, microtasks].some(({ startUs, syncUs }) => timeUs >= startUs && timeUs <= startUs + syncUs),
      );
      assert.ok(busy.length >= 20, `${busy.length} samples of the busy function`);
      assert.ok(
        within.length >= busy.length - 1,
        `${within.length} of ${busy.length} inside the requests that called it`,
      );
      assert.deepEqual(record.gaps, []);
      assert.deepEqual([...record.files].sort(), ['api.cpuprofile', 'runtime.jsonl']);
      assert.deepEqual(readdirSync(dir).sort(), ['api.cpuprofile', 'runtime.jsonl'], 'no raw file is left');
      const file: unknown = JSON.parse(readFileSync(join(dir, 'api.cpuprofile'), 'utf8'));
      assert.ok(typeof file === 'object' && file !== null && 'timeDeltas' in file && 'samples' in file);
    });

    test('outgoing requests of node:http and of fetch', async (t) => {
      const { target, get, port } = await start(t, 'http.cjs', { runtimeExecutable: node });
      const timed = async (path: string): Promise<number> => {
        const started = performance.now();
        await get(path);
        return (performance.now() - started) * 1000;
      };
      // What a request makes while it is served lasts no longer than the request.
      const callerUs = await timed(`/call?port=${port}&ms=70`);
      const fetcherUs = await timed(`/fetch?port=${port}&ms=90`);
      const { runtime } = await target.collect();
      const [call, fetched] = runtime.clientRequests.durationUs;
      assert.ok(call && call >= 69_000 && call < callerUs, `http ${call} of ${callerUs}`);
      assert.ok(fetched && fetched >= 89_000 && fetched < fetcherUs, `fetch ${fetched} of ${fetcherUs}`);
    });

    test('worker threads: from the start, started during the profile, ended during it, without a probe', async (t) => {
      const { target, get } = await start(t, 'workers.cjs', { runtimeExecutable: node });
      await get('/work');
      await target.startProfile(1000);
      await get('/work');
      await get('/late');
      await get('/silent');
      const record = await target.collect();
      const threads = new Set(
        samplesOf(record.profile, 'crunchInWorker').map(({ thread }) => record.profile?.threads[thread]?.name),
      );
      assert.deepEqual([...threads].sort(), ['worker 1', 'worker 2']);
      assert.deepEqual(
        record.files.filter((name) => name.includes('worker')),
        ['api-worker-1.cpuprofile', 'api-worker-2.cpuprofile'],
      );
      // Node 18 does not announce new threads: a thread that keeps the probe out stays unknown there.
      const named = target.runtime.startsWith('node 18.') ? [] : ['everything about worker 3 (pid N) of api'];
      assert.deepEqual(
        record.gaps.map(({ what }) => what.replace(/\d{2,}/, 'N')),
        named,
      );
      const tids = new Set(record.runtime.threads.map(({ tid }) => tid));
      for (const thread of record.profile?.threads ?? [])
        assert.ok(tids.has(thread.tid), 'profile and runtime name threads alike');
    });

    test('child processes: cluster workers, short ones to their end, one killed in the middle', async (t) => {
      const { target, get, dir } = await start(t, 'cluster.cjs', { runtimeExecutable: node });
      await target.startProfile(1000);
      const pids = new Set<string>();
      await until('both processes have answered', async () => pids.add(await get('/')).size === 2);
      await get('/child');
      await assert.rejects(get('/kill'));
      const record = await target.collect();
      const files = readdirSync(dir).filter((name) => name.endsWith('.cpuprofile'));
      // The primary, the surviving worker, the short child; the killed one took its profile along.
      assert.equal(files.length, 3, files.join());
      assert.deepEqual(record.gaps.length, 1);
      assert.match(record.gaps[0]?.what ?? '', /^CPU profile of api, main \(pid \d+\)$/);
      assert.match(record.gaps[0]?.why ?? '', /ended by a signal/);
      assert.ok(samplesOf(record.profile, 'crunchInCluster').length > 10);
      assert.equal(new Set(record.profile?.threads.map(({ pid }) => pid)).size, 3);
    });
  });
}

describe('gaps', () => {
  test('a Node child without the environment is named', async (t) => {
    const { target, get } = await start(t, 'cluster.cjs');
    await get('/bare');
    const { gaps } = await target.collect();
    if (process.platform === 'linux')
      assert.match(gaps.map(({ what }) => what).join(), /everything about process \d+ of api/);
  });

  test('the record of a full disk or a removed folder is a gap, not a crash', async (t) => {
    const { target, get, dir } = await start(t, 'http.cjs');
    const { rm } = await import('node:fs/promises');
    await target.startProfile(1000);
    await rm(dir, { recursive: true });
    await get('/work?ms=10');
    const record = await target.collect();
    assert.match(record.gaps.map(({ what }) => what).join(), /runtime events of api/);
    assert.match(record.gaps.map(({ what }) => what).join(), /CPU profile of api, main/);
    assert.equal(record.profile, null);
  });

  test('the runtime record is on disk while the run goes on', async (t) => {
    const { get, dir } = await start(t, 'http.cjs');
    await get('/work?ms=30');
    await until('the request is on disk', () =>
      readFileSync(join(dir, 'runtime.jsonl'), 'utf8').includes('"serverRequests"'),
    );
  });
});
