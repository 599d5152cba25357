import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { parseHlog } from '../../../src/latency/hlog.ts';
import { nowUs } from '../../../src/load/clock.ts';
import { hasLatency } from '../../../src/load/latencies.ts';
import { readRequests } from '../../../src/load/requests.ts';
import { Outcome, type LoadProgress, type RequestTable } from '../../../src/load/result.ts';
import { defaultRowLimit } from '../../../src/load/rowStore.ts';
import { runSession } from '../../../src/load/session.ts';
import type { SessionFacts } from '../../../src/load/sessionFacts.ts';
import { wholeLoad } from '../../../src/load/share.ts';
import type { Load } from '../../../src/plan/scenario.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { serve } from './lanes.ts';
import { entries, eventually, temporaryFolder } from './support.ts';
import { targets } from './targets.ts';
import { serveWire, type Served } from './wireServer.ts';
import { wires, type Wire } from './wires.ts';

/**
 * Cancelled at every phase, over every wire. In this process, where a load's is always ended at last: what a driver left open or waited for
 * shows only here. runEnds.test.ts has the phases with a process of its own.
 */
type Phase = LoadProgress['phase'];

interface Ended {
  readonly facts: SessionFacts;
  readonly table: RequestTable;
  /** Of the log's response times. */
  readonly logged: number;
}

/** Longer than any test may take: what ends has ended because it was cancelled. */
const forever = 600_000_000;
/** Of 10 ms each. A machine that stands still has none meanwhile. */
const patienceTurns = 100;

/** Offers a load until `cancel` is called. */
async function offer(
  t: TestContext,
  overrides: Partial<Load> & { readonly url: string },
  { signal }: AbortController,
  onPhase: (phase: Phase) => void = () => undefined,
): Promise<Ended> {
  const dir = await temporaryFolder(t);
  let turns = 0;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => (timer = setInterval(() => turns++, 10)));
  t.after(() => clearInterval(timer));
  const load = {
    arrivals: { model: 'constant', ratePerSecond: 100 },
    timeoutUs: forever,
    warmupUs: 20_000,
    durationUs: 200_000,
    ...overrides,
  } as const;
  const facts = await runSession({
    load: httpLoad(load.url, load),
    share: wholeLoad,
    tracePrefix: null,
    dir,
    recorderPath: entries.recorder,
    rowLimit: defaultRowLimit,
    signal,
    send: (message) => message.type === 'phase' && onPhase(message.phase),
    connected: () => Promise.resolve(nowUs()),
  });
  assert.ok(turns < patienceTurns, `it went on for ${turns} turns of 10 ms`);
  assert.equal(facts.cancelled, true);
  const bytes = await readFile(join(dir, 'requests.parquet'));
  const { lines } = parseHlog(await readFile(join(dir, 'latency.hlog'), 'utf8'));
  return {
    facts,
    table: await readRequests(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
    logged: lines.reduce((sum, { tag, histogram }) => sum + (tag === 'response' ? histogram.total : 0), 0),
  };
}

const count = (table: RequestTable, ...outcomes: readonly number[]): number =>
  table.outcome.filter((outcome) => outcomes.includes(outcome)).length;

/** What the table says of the window, and the log says too. */
function assertOneStory({ facts, table, logged }: Ended): void {
  const { startUs, endUs } = facts.window;
  const measured = table.intendedUs.filter((at, i) => at >= startUs && at < endUs && hasLatency(table.outcome[i] ?? 0));
  assert.equal(logged, measured.length);
}

/** Accepts connections and says nothing: a handshake that never ends. @returns how many there are. */
async function serveSilence(t: TestContext, wire: Wire, onConnection: (n: number) => void): Promise<Served['load']> {
  const { load } = await serveWire(t, wire, () => undefined);
  const socket = wire.over === 'unix' ? join(await temporaryFolder(t), 'silent.sock') : null;
  let connections = 0;
  const { port } = await serve(t, () => onConnection(++connections), socket === null ? {} : { where: socket });
  return { ...load, url: `${wire.scheme}://127.0.0.1:${socket === null ? port : 80}`, socket };
}

describe('cancelled', { concurrency: 8 }, () => {
  for (const wire of wires)
    test(`${wire.name}, while connecting: what was begun is given up`, async (t) => {
      const cancel = new AbortController();
      // The first looks whether anybody is there; where TLS is to be agreed on it gets no further.
      const last = wire.tls === 'nobody' ? 2 : 1;
      const load = await serveSilence(t, wire, (n) => n === last && cancel.abort());
      const { table, logged } = await offer(t, { ...load, connections: 4 }, cancel);
      assert.deepEqual([table.length, logged], [0, 0]);
    });

  for (const target of targets) {
    test(`${target.name}, while warming up: the requests are there, none of them measured`, async (t) => {
      const cancel = new AbortController();
      let seen = 0;
      const { load, connections } = await target.serve(t, (reply, n) => {
        seen = n;
        if (n === 8) cancel.abort();
        else if (n < 6) reply();
      });
      const ended = await offer(t, { ...load, connections: 4, warmupUs: forever }, cancel);
      assert.ok(count(ended.table, Outcome.ok) <= 5 && count(ended.table, Outcome.unsent) < ended.table.length);
      assert.ok(count(ended.table, Outcome.ok, Outcome.inFlight) >= seen, `${seen} arrived`);
      assert.ok(count(ended.table, Outcome.inFlight) >= 1);
      assert.equal(ended.logged, 0);
      await eventually('the connections are closed', () => connections() === 0);
    });

    test(`${target.name}, while measuring: what was answered, what was under way and what was due are there`, async (t) => {
      const cancel = new AbortController();
      let [seen, replies] = [0, 0];
      const { load, connections } = await target.serve(t, (reply, n) => {
        seen = n;
        // Three lanes are held from then on, and the fourth goes on.
        if (n < 10 || n > 12) {
          replies++;
          reply();
        }
        if (n === 20) cancel.abort();
      });
      const ended = await offer(t, { ...load, connections: 4, durationUs: forever }, cancel);
      assert.equal(count(ended.table, Outcome.ok, Outcome.inFlight, Outcome.unsent), ended.table.length);
      assert.ok(count(ended.table, Outcome.ok) <= replies && count(ended.table, Outcome.ok) >= 10);
      assert.ok(count(ended.table, Outcome.ok, Outcome.inFlight) >= seen);
      assert.ok(count(ended.table, Outcome.inFlight) >= 3);
      assertOneStory(ended);
      await eventually('the connections are closed', () => connections() === 0);
    });

    test(`${target.name}, while waiting for the last answers: those were under way when it ended`, async (t) => {
      const cancel = new AbortController();
      const { load, connections } = await target.serve(t, (reply, n) => n <= 5 && reply());
      const ended = await offer(t, { ...load, connections: 4 }, cancel, (phase) => {
        if (phase === 'draining') cancel.abort();
      });
      const { table } = ended;
      assert.equal(count(table, Outcome.ok, Outcome.inFlight, Outcome.unsent), table.length);
      assert.equal(count(table, Outcome.inFlight), 4);
      assertOneStory(ended);
      await eventually('the connections are closed', () => connections() === 0);
    });

    test(`${target.name}, while writing: all of it is there`, async (t) => {
      const cancel = new AbortController();
      const { load, connections } = await target.serve(t, (reply) => reply());
      const ended = await offer(t, { ...load, connections: 4 }, cancel, (phase) => {
        if (phase === 'writing') cancel.abort();
      });
      // 20 ms of warm-up, of which some may be let go, and 200 ms.
      assert.ok(ended.table.length >= 20 && ended.logged === 20, `${ended.table.length}, ${ended.logged}`);
      assertOneStory(ended);
      await eventually('the connections are closed', () => connections() === 0);
    });
  }
});
