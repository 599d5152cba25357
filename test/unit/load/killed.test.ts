import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseHlog } from '../../../src/latency/hlog.ts';
import { runLoad } from '../../../src/load/run.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { entries, eventually, generatorOf, isAlive, temporaryFolder } from './support.ts';
import { targets } from './targets.ts';

/** Longer than the busiest machine takes to come to the first line. */
const patienceMs = 60_000;

describe('the load process is killed', { concurrency: 4 }, () => {
  for (const target of targets)
    test(`${target.name}: said, the log until then stays, and no connection`, async (t) => {
      let seen = 0;
      const { load, connections } = await target.serve(t, (reply, n) => {
        seen = n;
        // Some are under way when it happens.
        if (n % 20 !== 0) reply();
      });
      const dir = await temporaryFolder(t);
      /** Requests in the log so far. */
      const logged = (): number =>
        parseHlog(readFileSync(join(dir, 'latency.hlog'), 'utf8'))
          .lines.filter(({ tag }) => tag === 'response')
          .reduce((sum, { histogram }) => sum + histogram.total, 0);
      const what = httpLoad(load.url, {
        ...load,
        connections: 40,
        arrivals: { model: 'constant', ratePerSecond: 100 },
        durationUs: 600_000_000,
        timeoutUs: 600_000_000,
      });
      let pid = 0;
      const running = runLoad(what, {
        dir,
        entries,
        signal: new AbortController().signal,
        onProgress: () => undefined,
        onPhase: (phase) => {
          if (phase !== 'measuring') return;
          pid = generatorOf(dir);
          void eventually('a second is logged', () => logged() >= 50, patienceMs).finally(() =>
            process.kill(pid, 'SIGKILL'),
          );
        },
      });
      await assert.rejects(running, {
        code: 'LOAD_FAILED',
        message: /^The load generator was killed by SIGKILL before it was done; what it had recorded is kept\./,
      });
      assert.ok(!isAlive(pid));
      assert.ok(logged() >= 50 && logged() <= seen, `${logged()} of ${seen}`);
      await eventually('its connections are closed', () => connections() === 0, patienceMs);
    });
});
