import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { LoadResult } from '../../../src/load/result.ts';
import {
  childrenOf,
  codes,
  generatorOf,
  isAlive,
  listen,
  load,
  measure,
  ok,
  request,
  temporaryFolder,
} from './support.ts';

/** What one generator is let do, and what is asked for: more than one can, less than two can. */
const onePerSecond = 100;
const ratePerSecond = 150;
const burst = 10;
const connections = 8;
const seconds = 2;

/**
 * Offers a load from generators that are slow: each is stopped when the server has had more of its requests than it may have sent by then,
 * and goes on when it may again. So it is the same on any machine, however many cores that has.
 */
async function offerSlowly(t: TestContext, processes: number): Promise<LoadResult & { readonly perSecond: number }> {
  const dir = await temporaryFolder(t);
  let fromMs = Infinity;
  const generators = Array.from({ length: processes }, () => ({ pid: 0, requests: 0 }));
  const pace = ({ pid, requests }: { pid: number; requests: number }): void => {
    if (pid === 0 || !isAlive(pid)) return;
    const allowed = burst + (onePerSecond * (performance.now() - fromMs)) / 1000;
    process.kill(pid, requests < allowed ? 'SIGCONT' : 'SIGSTOP');
  };
  const port = await listen(t, (socket, head) => {
    // Counters are dealt out like arrivals, from 1: they tell whose request it is.
    const generator = generators[(Number(/^GET \/(\d+)/.exec(head)?.[1]) - 1) % processes];
    if (generator && fromMs !== Infinity) {
      generator.requests++;
      pace(generator);
    }
    socket.write(ok);
  });
  const timer = setInterval(() => generators.forEach(pace), 10);
  t.after(() => clearInterval(timer));
  const what = load(port, {
    requests: [request({ path: '/{{counter}}' })],
    arrivals: { model: 'constant', ratePerSecond },
    connections,
    processes,
    durationUs: seconds * 1e6,
    timeoutUs: 60_000_000,
  });
  const { result } = await measure(t, what, {
    dir,
    onPhase: (phase) => {
      if (phase !== 'warmup') return;
      const all = processes === 1 ? [process.pid] : childrenOf(process.pid);
      generators.forEach((each, index) => {
        each.pid = generatorOf(processes === 1 ? dir : join(dir, `.generator-${index + 1}`), all);
      });
      fromMs = performance.now();
    },
  });
  return { ...result, perSecond: result.ratePerSecond.achieved ?? NaN };
}

test('two generators offer a rate that one of them cannot', async (t) => {
  const [one, two] = await Promise.all([offerSlowly(t, 1), offerSlowly(t, 2)]);
  const due = ratePerSecond * seconds;
  // A hundred and some more: by when the word of its start is here, and what its connections carry before it stands still.
  assert.ok(one.perSecond < 0.9 * ratePerSecond, String(one.perSecond));
  assert.ok(codes(one.verdict.reasons).includes('RATE_MISSED'), codes(one.verdict.reasons).join());

  assert.deepEqual([two.counts.ok, two.counts.sent], [due, due], JSON.stringify(two.counts));
  assert.deepEqual(
    two.verdict.health.processes?.map(({ requests }) => requests),
    [due / 2, due / 2],
  );
  assert.ok(two.perSecond > one.perSecond, `${two.perSecond}, ${one.perSecond}`);
});
