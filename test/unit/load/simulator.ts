import assert from 'node:assert/strict';
import type { Driver, LaneListener } from '../../../src/load/drivers/driver.ts';
import { HealthMonitor, type Pauses } from '../../../src/load/health.ts';
import { Pacer } from '../../../src/load/pacer.ts';
import { Pool } from '../../../src/load/pool.ts';
import { Recording } from '../../../src/load/recording.ts';
import type { Row } from '../../../src/load/ring.ts';
import { newSchedule } from '../../../src/load/schedule.ts';
import { addTotals, type LoadTotals } from '../../../src/load/totals.ts';

/** What a turn of the event loop takes here, unless a world says otherwise. */
export const turnUs = 20;

/** A generator and its server on a machine that never gets in the way. */
export interface World {
  readonly ratePerSecond: number;
  readonly lanes: number;
  /** Of each request the same, or by its number from 1. */
  readonly serviceUs: number | ((request: number) => number);
  readonly timeoutUs?: number;
  readonly seconds: number;
  /** A turn of the event loop: the longer, the sooner all is simulated. */
  readonly turnUs?: number;
  /** The server answers nothing in these stretches, µs from the start; what came meanwhile it answers at their end. */
  readonly serverStalls?: readonly (readonly [from: number, to: number])[];
  /** The generator does not run at all in these, in order. */
  readonly generatorStops?: readonly (readonly [from: number, to: number])[];
}

export interface Simulated {
  readonly summary: LoadTotals;
  readonly rows: readonly Row[];
  /** The generator's own, as the pacer noticed them. */
  readonly stalls: Pauses;
}

/** Pacer, pool, recording and the watch over the generator's pauses, in simulated time. */
export function simulate(world: World): Simulated {
  const time = new SimulatedTime(world.generatorStops ?? [], world.turnUs ?? turnUs);
  try {
    return simulateIn(time, world);
  } finally {
    time.end();
  }
}

function simulateIn(time: SimulatedTime, world: World): Simulated {
  const now = (): number => time.us;
  const endUs = world.seconds * 1e6;
  const rows: Row[] = [];
  const recording = new Recording(['a'], 0, endUs, () => []);
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
  const health = new HealthMonitor({ hasHeartbeat: false });
  const pacer = new Pacer({
    schedule,
    startUs: 0,
    endUs,
    deliver: (intendedUs, dispatchedUs) => pool.submit(intendedUs, dispatchedUs, 0),
    work: () => pool.events,
    isQuiet: () => false,
    onAway: (us) => health.wasAway(us),
    now,
  });
  time.run(() => time.us < endUs);
  pacer.look();
  const { stalls } = health.stop();
  time.run(() => time.us < endUs || (pool.inFlight + pool.queued > 0 && time.us < endUs + 2e6));
  pool.stop();
  return { summary: addTotals([{ totals: recording.finish(), errorCodes: [] }]), rows, stalls };
}

/** Stands in for the timers: runs what is due next and sets the clock to its time. While stopped, nothing runs. */
class SimulatedTime {
  us = 0;
  private readonly stops: readonly (readonly [from: number, to: number])[];
  private readonly originals: (() => void)[] = [];
  private events: { readonly atUs: number; readonly work: () => void }[] = [];
  /** Of the first stop that is not over yet; they come in order, as time does. */
  private stop = 0;

  constructor(stops: readonly (readonly [from: number, to: number])[], immediateUs: number) {
    this.stops = stops;
    const cancel = (event: unknown): void => void (this.events = this.events.filter((each) => each !== event));
    const replace = (name: string, work: unknown): void => {
      const original: unknown = Reflect.get(globalThis, name);
      Reflect.set(globalThis, name, work);
      this.originals.push(() => Reflect.set(globalThis, name, original));
    };
    replace('setTimeout', (work: () => void, ms: number) => this.add(this.us + ms * 1000, work));
    replace('setImmediate', (work: () => void) => this.add(this.us + immediateUs, work));
    replace('clearTimeout', cancel);
    replace('clearImmediate', cancel);
  }

  /** Real time again. */
  end(): void {
    for (const restore of this.originals) restore();
  }

  run(condition: () => boolean): void {
    while (condition()) {
      const event = this.events.shift();
      if (!event) return;
      this.us = Math.max(this.us, event.atUs);
      this.sitOutStop();
      event.work();
    }
  }

  private sitOutStop(): void {
    while (this.us >= (this.stops[this.stop]?.[1] ?? Infinity)) this.stop++;
    const [from, to] = this.stops[this.stop] ?? [Infinity, Infinity];
    if (this.us >= from) this.us = to;
  }

  private add(atUs: number, work: () => void): object {
    const event = { atUs, work };
    const after = this.events.findIndex((each) => each.atUs > atUs);
    this.events.splice(after < 0 ? this.events.length : after, 0, event);
    return event;
  }
}

function simulatedServer(now: () => number, world: World): Driver {
  const { serviceUs } = world;
  const stalledUntil = (us: number): number =>
    world.serverStalls?.find(([from, to]) => us >= from && us < to)?.[1] ?? us;
  return {
    lanesPerConnection: 1,
    open: (ordinal: number, listener: LaneListener) => {
      let answer: NodeJS.Timeout | undefined;
      setTimeout(() => listener.onReady(ordinal), 0);
      return {
        localPort: 1000 + ordinal,
        send: (_endpoint, request) => {
          const atUs = stalledUntil(now()) + (typeof serviceUs === 'number' ? serviceUs : serviceUs(request));
          const reply = (): void => listener.onAnswer(ordinal, true, 200, 100, now(), now(), true);
          answer = setTimeout(reply, (atUs - now()) / 1000);
        },
        destroy: () => clearTimeout(answer),
        retire: () => undefined,
      };
    },
  };
}
