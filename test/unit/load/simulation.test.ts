import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Driver, LaneListener } from '../../../src/load/drivers/driver.ts';
import { Pacer } from '../../../src/load/pacer.ts';
import { Pool } from '../../../src/load/pool.ts';
import { Recording } from '../../../src/load/recording.ts';
import { Outcome } from '../../../src/load/result.ts';
import type { Row } from '../../../src/load/ring.ts';
import { newSchedule } from '../../../src/load/schedule.ts';
import { addTotals, type LoadTotals } from '../../../src/load/totals.ts';
import { assertOracle } from './oracle.ts';

/**
 * Pacer, pool and recording in simulated time: the oracles of coordinated omission without a machine that gets in the way, to
 * the bounds they promise (2 % or 1 ms). oracles.alone.test.ts does the same with real processes.
 */
interface World {
  readonly ratePerSecond: number;
  readonly lanes: number;
  readonly serviceUs: number;
  readonly timeoutUs?: number;
  readonly seconds: number;
  /** The server answers nothing in these stretches, µs from the start; what came meanwhile it answers at their end. */
  readonly serverStalls?: readonly (readonly [from: number, to: number])[];
  /** The generator does not run at all in these. */
  readonly generatorStops?: readonly (readonly [from: number, to: number])[];
}

/** What a turn of the event loop takes here. */
const turnUs = 20;

function simulate(t: TestContext, world: World): { summary: LoadTotals; rows: Row[] } {
  const time = new SimulatedTime(t, world.generatorStops ?? []);
  const now = (): number => time.us;
  const endUs = world.seconds * 1e6;
  const rows: Row[] = [];
  const recording = new Recording(['a'], 0, endUs, () => undefined);
  const pool = new Pool({
    driver: simulatedServer(now, world),
    lanes: world.lanes,
    timeoutUs: world.timeoutUs ?? 10_000_000,
    record: (row) => {
      recording.add(row);
      rows.push({ ...row });
    },
    onFree: () => undefined,
    now,
  });
  for (let lane = 0; lane < world.lanes; lane++) pool.open(lane);
  time.run(() => pool.openLanes < world.lanes);
  const schedule = newSchedule({ model: 'constant', ratePerSecond: world.ratePerSecond }, 0, endUs);
  assert.ok(schedule);
  new Pacer({
    schedule,
    startUs: 0,
    endUs,
    deliver: (intendedUs, dispatchedUs) => pool.submit(intendedUs, dispatchedUs, 0),
    work: () => pool.events,
    isQuiet: () => false,
    now,
  });
  time.run(() => time.us < endUs || (pool.inFlight + pool.queued > 0 && time.us < endUs + 2e6));
  pool.stop();
  return { summary: addTotals([{ totals: recording.finish(), errorCodes: [] }]), rows };
}

/** Stands in for the timers: runs what is due next and sets the clock to its time. While stopped, nothing runs. */
class SimulatedTime {
  us = 0;
  private readonly stops: readonly (readonly [from: number, to: number])[];
  private events: { readonly atUs: number; readonly work: () => void }[] = [];

  constructor(t: TestContext, stops: readonly (readonly [from: number, to: number])[]) {
    this.stops = stops;
    const cancel = (event: unknown): void => void (this.events = this.events.filter((each) => each !== event));
    const replace = (name: string, work: unknown): void => {
      const original: unknown = Reflect.get(globalThis, name);
      Reflect.set(globalThis, name, work);
      t.after(() => Reflect.set(globalThis, name, original));
    };
    replace('setTimeout', (work: () => void, ms: number) => this.add(this.us + ms * 1000, work));
    replace('setImmediate', (work: () => void) => this.add(this.us + turnUs, work));
    replace('clearTimeout', cancel);
    replace('clearImmediate', cancel);
  }

  run(condition: () => boolean): void {
    while (condition()) {
      const event = this.events.shift();
      if (!event) return;
      this.us = Math.max(this.us, event.atUs);
      this.us = this.stops.find(([from, to]) => this.us >= from && this.us < to)?.[1] ?? this.us;
      event.work();
    }
  }

  private add(atUs: number, work: () => void): object {
    const event = { atUs, work };
    const after = this.events.findIndex((each) => each.atUs > atUs);
    this.events.splice(after < 0 ? this.events.length : after, 0, event);
    return event;
  }
}

function simulatedServer(now: () => number, world: World): Driver {
  const stalledUntil = (us: number): number =>
    world.serverStalls?.find(([from, to]) => us >= from && us < to)?.[1] ?? us;
  return {
    lanesPerConnection: 1,
    open: (ordinal: number, listener: LaneListener) => {
      let answer: NodeJS.Timeout | undefined;
      setTimeout(() => listener.onReady(ordinal), 0);
      return {
        localPort: 1000 + ordinal,
        send: () => {
          const atUs = stalledUntil(now()) + world.serviceUs;
          const reply = (): void => listener.onAnswer(ordinal, true, 200, 100, now(), now(), true);
          answer = setTimeout(reply, (atUs - now()) / 1000);
        },
        destroy: () => clearTimeout(answer),
        retire: () => undefined,
      };
    },
  };
}

const stalls = [
  [1_000_000, 2_000_000],
  [6_000_000, 7_000_000],
] as const;

test('stalling server, fully concurrent: 1, 501, 901, 991 ms scaled to P = 5 s', (t) => {
  const { summary } = simulate(t, {
    ratePerSecond: 100,
    lanes: 120,
    serviceUs: 1000,
    seconds: 10,
    serverStalls: stalls,
  });
  assert.equal(summary.due, 1000);
  assertOracle(summary.response, { s: 1000, S: 1e6, P: 5e6, rho: 0 });
  assert.ok((summary.pacingLag.max ?? Infinity) <= turnUs);
});

test('stalling server, one connection: the backlog behind it counts from its intended times', (t) => {
  const { summary } = simulate(t, { ratePerSecond: 100, lanes: 1, serviceUs: 1000, seconds: 10, serverStalls: stalls });
  // ρ = 100/s × 1 ms.
  assertOracle(summary.response, { s: 1000, S: 1e6, P: 5e6, rho: 0.1 });
  assert.ok((summary.service.p99 ?? Infinity) < 2000, 'a closed client would have seen next to nothing');
  assert.ok((summary.pacingLag.max ?? Infinity) <= turnUs);
  assert.ok((summary.connectionWait.p99 ?? 0) > 500_000);
});

test('stopped generator: the same formula, and the lag is its own', (t) => {
  const { summary } = simulate(t, {
    ratePerSecond: 100,
    lanes: 120,
    serviceUs: 1000,
    seconds: 10,
    generatorStops: stalls,
  });
  assert.equal(summary.due, 1000);
  assertOracle(summary.response, { s: 1000, S: 1e6, P: 5e6, rho: 0 });
  assertOracle(summary.pacingLag, { s: 0, S: 1e6, P: 5e6, rho: 0 });
  assert.ok((summary.connectionWait.p99 ?? Infinity) <= turnUs);
});

test('constant 50 ms: every quantile is 50 ms', (t) => {
  const { summary } = simulate(t, { ratePerSecond: 200, lanes: 32, serviceUs: 50_000, seconds: 3 });
  for (const value of Object.values(summary.response))
    assert.ok(Math.abs(Number(value) - 50_000) <= 1000, String(value));
  assert.equal(summary.outcomes[Outcome.ok], 600);
});

test('time-outs run from the send; each frees its lane; what never went out is unsent', (t) => {
  const { summary, rows } = simulate(t, {
    ratePerSecond: 100,
    lanes: 10,
    serviceUs: 60e6,
    timeoutUs: 500_000,
    seconds: 2,
  });
  assert.equal(summary.due, 200);
  const [timeouts = 0, unsent = 0] = [summary.outcomes[Outcome.timeout], summary.outcomes[Outcome.unsent]];
  // Ten lanes, each good for two requests a second: 2 s of arrivals and 2 s of draining.
  assert.ok(timeouts >= 70 && timeouts <= 80, String(timeouts));
  assert.equal(timeouts + unsent + (summary.outcomes[Outcome.inFlight] ?? 0), 200);
  for (const row of rows) {
    if (row.outcome === Outcome.timeout)
      assert.ok(row.doneUs - row.sentUs >= 500_000 && row.doneUs - row.sentUs <= 502_000);
  }
  const order = rows.filter((row) => row.outcome === Outcome.timeout).map((row) => row.intendedUs);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
    'first come, first served',
  );
});

test('connections take turns: the one idle longest goes next', (t) => {
  const { rows } = simulate(t, { ratePerSecond: 100, lanes: 4, serviceUs: 1000, seconds: 0.2 });
  assert.deepEqual(rows.map((row) => row.connection).slice(0, 8), [0, 1, 2, 3, 0, 1, 2, 3]);
});
