/** Profiles of Go that do not come, told with the reason that ended the waiting; and samples that are missing of those that do. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { TakenProfile } from '../../../../src/target/collectors/collector.ts';
import { goSamples } from '../../../../src/target/collectors/goSamples.ts';
import { PprofSession } from '../../../../src/target/collectors/pprof.ts';
import { protobuf, type ProtoField } from '../../profile/protoWriter.ts';
import { freePort, launchSpec, temporaryFolder } from '../harness.ts';
import { busyProcess } from './busy.ts';

/** A session with a service that takes every request and answers none, once all that spans the window was asked for. */
async function unanswered(t: TestContext, windowUs: number): Promise<PprofSession> {
  const port = await freePort();
  let asked = 0;
  const allAsked = Promise.withResolvers<undefined>();
  const server = createServer(() => {
    if (++asked === 4) allAsked.resolve(undefined);
  }).listen(port, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `http://127.0.0.1:${port}/debug/pprof`;
  const spec = launchSpec('api', { runtime: 'go', pprof: address });
  const session = new PprofSession({ spec, dir: await temporaryFolder(t), pid: process.pid, pids: () => [] }, address);
  session.measuring(windowUs);
  await allAsked.promise;
  return session;
}

test('a run that ends early says that it did', async (t) => {
  const session = await unanswered(t, 3600e6);
  const why = 'the run ended before the profile was there';
  assert.deepEqual(await session.stop(), { files: [], gaps: [{ what: 'CPU profile of api', why }] });
});

test('a profile that is late says that it did not come in time', async (t) => {
  const session = await unanswered(t, 1e6);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const stopping = session.stop();
  // The window's one second, and the patience after it.
  t.mock.timers.tick(11_000);
  const why = 'it did not come in time: not within 10 s after the measured window';
  assert.deepEqual(await stopping, { files: [], gaps: [{ what: 'CPU profile of api', why }] });
});

/** A CPU profile as Go writes it, at 100 samples a second: how many samples each function has. */
function goProfile(samples: Readonly<Record<string, number>>): Uint8Array {
  const names = Object.keys(samples);
  const strings = ['', 'samples', 'count', 'cpu', 'nanoseconds', ...names];
  const of = (message: readonly ProtoField[]): readonly ProtoField[] => message;
  return protobuf([
    [
      1,
      of([
        [1, 1],
        [2, 2],
      ]),
    ],
    [
      1,
      of([
        [1, 3],
        [2, 4],
      ]),
    ],
    ...names.flatMap((name, index): ProtoField[] => {
      const id = index + 1;
      const count = samples[name] ?? 0;
      return [
        [
          2,
          of([
            [1, id],
            [2, count],
            [2, count * 1e7],
          ]),
        ],
        [
          4,
          of([
            [1, id],
            [4, of([[1, id]])],
          ]),
        ],
        [
          5,
          of([
            [1, id],
            [2, strings.indexOf(name)],
          ]),
        ],
      ];
    }),
    ...strings.map((text): ProtoField => [6, text]),
    [
      11,
      of([
        [1, 3],
        [2, 4],
      ]),
    ],
    [12, 1e7],
  ]);
}

/** What is told where a target uses so much CPU time while Go takes this profile of it. */
async function toldAfter(t: TestContext, cpuUs: number, profile: Uint8Array): Promise<TakenProfile> {
  const { pid, use } = await busyProcess(t);
  const port = await freePort();
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/debug/pprof/profile') === true) void use(cpuUs).then(() => response.end(profile));
    else response.writeHead(404).end();
  }).listen(port, '127.0.0.1');
  t.after(() => server.close());
  const address = `http://127.0.0.1:${port}/debug/pprof`;
  const spec = launchSpec('api', { runtime: 'go', pprof: address });
  const session = new PprofSession({ spec, dir: await temporaryFolder(t), pid, pids: () => [pid] }, address);
  t.after(() => session.dispose());
  session.measuring(1e6);
  const { files, gaps, counts } = await session.stop();
  return {
    files,
    gaps: gaps.filter(({ what }) => !/^(?:heap|block|mutex|goroutine) /.test(what)),
    ...(counts && { counts }),
  };
}

const onLinux = { skip: process.platform !== 'linux' };

test('samples that Go did not take are owed by the CPU time', onLinux, async (t) => {
  const { files, gaps, counts } = await toldAfter(t, 300_000, goProfile({ 'main.work': 3 }));
  assert.deepEqual(files, ['api.pb.gz']);
  assert.ok(counts?.samples === 3 && counts.lost >= 27, JSON.stringify(counts));
  const [, gap] = gaps;
  assert.match(gap?.what ?? '', /^some \d+ of \d+ samples of api$/);
  assert.match(gap?.why ?? '', /^those taken stand for 30 ms of the [\d.]+ m?s of CPU time .*"with": "perf"/);
});

test('a service whose samples were all lost is told from an idle one', onLinux, async (t) => {
  const lost = await toldAfter(t, 200_000, goProfile({}));
  assert.deepEqual(lost.files, []);
  assert.ok((lost.counts?.lost ?? 0) >= 20, JSON.stringify(lost.counts));
  assert.match(
    lost.gaps[0]?.why ?? '',
    /^all of some \d+ samples were lost, for the target used [\d.]+ m?s of CPU time: Go/,
  );
  const idle = await toldAfter(t, 0, goProfile({}));
  assert.deepEqual([idle.files, idle.counts], [[], { samples: 0, lost: 0 }]);
  assert.match(
    idle.gaps[0]?.why ?? '',
    /^no sample was taken: the target was idle, with [\d.]+ (?:µs|m?s) of CPU time/,
  );
});

test('samples whose stacks Go could not keep are its own count of what was lost', () => {
  const { samples, sampledUs, lost, intervalUs } = goSamples(
    goProfile({ 'main.work': 40, 'runtime/pprof.lostProfileEvent': 5, 'runtime._LostExternalCode': 2 }),
  );
  assert.deepEqual([samples, sampledUs, lost, intervalUs], [40, 400_000, 7, 10_000]);
  // As `go tool pprof -sample_index=samples -top` counts them.
  const folder = join(import.meta.dirname, '../../../fixtures/profiles/go');
  const total = Number(/of (\d+) total/.exec(readFileSync(join(folder, 'go-cpu.samples.top.txt'), 'utf8'))?.[1]);
  const real = goSamples(readFileSync(join(folder, 'go-cpu.pb.gz')));
  assert.deepEqual([real.samples, real.lost], [total, 0]);
});
