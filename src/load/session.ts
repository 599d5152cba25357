import { once } from 'node:events';
import type { Load } from '../plan/scenario.ts';
import { nowUs } from './clock.ts';
import { findEndpoint } from './connecting.ts';
import type { Driver } from './drivers/driver.ts';
import { newDriver } from './drivers/newDriver.ts';
import { measureFloor } from './floor.ts';
import { HealthMonitor, type HostHealth } from './health.ts';
import type { MessageFromLoad } from './messages.ts';
import { Pacer } from './pacer.ts';
import { Pool } from './pool.ts';
import { newRandom } from './random.ts';
import { RecorderThread, type Recorded } from './recorderThread.ts';
import { newRingMemory, RingWriter } from './ring.ts';
import type { LoadProgress, LoadResult, MeasuredWindow } from './result.ts';
import { expectedRequests, newEndpointPicker, newSchedule } from './schedule.ts';
import { newLoadResult } from './sessionResult.ts';
import { newTracePrefix } from './traceparent.ts';

/** Lanes are opened one after the other, over at most this long. */
const openingMs = 500;
const longestGapMs = 5;
/** Between the last preparation and the first arrival. */
const leadUs = 5000;

export interface SessionOptions {
  readonly load: Load;
  readonly dir: string;
  readonly recorderPath: string;
  readonly rowLimit: number;
  /** The load process' own entry, for the null server. */
  readonly script: string;
  readonly signal: AbortSignal;
  readonly send: (message: MessageFromLoad) => void;
}

/**
 * One load from first connection to last byte written, on this thread: connecting → warmup → measuring → draining → writing.
 * Aborting ends it at once in any phase; what was recorded until then is the result.
 * @throws SlowpathError LOAD_FAILED if nothing can be loaded, RUN_WRITE_FAILED.
 */
export async function runSession(options: SessionOptions): Promise<LoadResult> {
  const session = new Session(options);
  try {
    return await session.run();
  } finally {
    await session.dispose();
  }
}

class Session {
  private readonly options: SessionOptions;
  private readonly load: Load;
  private readonly signal: AbortSignal;
  private readonly tracePrefix: string | null;
  private readonly ring: RingWriter;
  private readonly recorder: RecorderThread;
  /** Aborted with `signal`, and when the recorder fails. */
  private readonly stopping: AbortController;
  private driver: Driver | null = null;
  private pool: Pool | null = null;
  private pacer: Pacer | null = null;
  private health: HealthMonitor | null = null;
  private phase: LoadProgress['phase'] = 'connecting';
  /** The closed model offers until then. */
  private offeringEndsUs = 0;
  private abandoned = 0;

  constructor(options: SessionOptions) {
    this.options = options;
    this.load = options.load;
    this.stopping = new AbortController();
    this.signal = AbortSignal.any([options.signal, this.stopping.signal]);
    this.tracePrefix = this.load.traceparent ? newTracePrefix() : null;
    const ring = newRingMemory();
    this.ring = new RingWriter(ring);
    this.recorder = new RecorderThread(options.recorderPath, {
      ring,
      dir: options.dir,
      endpoints: this.load.requests.map(({ name }) => name),
      rowLimit: options.rowLimit,
      slowestKept: slowestKept(this.load, options.rowLimit),
      seed: seedOf(this.load),
      tracePrefix: this.tracePrefix,
    });
    this.recorder.finished.catch(() => this.stopping.abort());
  }

  async run(): Promise<LoadResult> {
    this.enter('connecting', nowUs());
    const floorUs = await measureFloor(this.options.script, this.signal);
    this.pool = await this.connect();
    const window = this.plan();
    let health: HostHealth | null = null;
    let spunUs = 0;
    if (!this.ending()) {
      this.recorder.setWindow(window.startUs, window.endUs);
      // A pacer waits by itself; clients of a closed loop ask at once.
      if (this.load.arrivals.model === 'closed') await this.until(window.warmupStartUs);
      this.offer(window);
      this.enter('warmup', window.warmupStartUs);
      await this.until(window.startUs);
    }
    if (!this.ending()) {
      this.abandoned = this.pool?.abandonBefore(window.startUs) ?? 0;
      this.health = new HealthMonitor();
      const spunBefore = this.pacer?.spunUs ?? 0;
      this.enter('measuring', window.startUs);
      await this.until(window.endUs);
      spunUs = (this.pacer?.spunUs ?? 0) - spunBefore;
      health = this.health.stop();
    }
    const endUs = Math.min(nowUs(), window.endUs);
    this.offeringEndsUs = endUs;
    if (this.ending()) {
      this.pacer?.stop();
    } else {
      this.pacer?.finish();
      await this.drain(endUs);
    }
    this.pool?.stop();
    this.enter('writing', nowUs());
    const recorded = await this.recorder.finish();
    const { warmupStartUs, startUs } = window;
    return this.result(
      { warmupStartUs: Math.min(warmupStartUs, endUs), startUs: Math.min(startUs, endUs), endUs },
      recorded,
      health,
      spunUs,
      floorUs,
    );
  }

  async dispose(): Promise<void> {
    this.pacer?.stop();
    this.pool?.stop();
    this.driver?.dispose?.();
    this.health?.stop();
    await this.recorder.dispose();
  }

  /** null when cancelled. */
  private async connect(): Promise<Pool | null> {
    if (this.ending()) return null;
    let driver;
    try {
      const endpoint = await findEndpoint(this.load, this.signal);
      const { tracePrefix, signal } = this;
      driver = await newDriver(this.load, { endpoint, seed: seedOf(this.load), tracePrefix, signal });
    } catch (error) {
      if (this.ending()) return null;
      throw error;
    }
    const { connections, streams, timeoutUs } = this.load;
    const lanes = connections * streams;
    this.driver = driver;
    const pool = new Pool({
      driver,
      lanes,
      timeoutUs,
      record: (row) => this.ring.push(row),
      onFree: (atUs) => this.onFree(atUs),
    });
    this.pool = pool;
    const gapMs = Math.min(longestGapMs, openingMs / lanes);
    const startMs = performance.now();
    for (let ordinal = 0; ordinal < lanes && !this.ending(); ordinal++) {
      pool.open(ordinal);
      const ahead = startMs + (ordinal + 1) * gapMs - performance.now();
      if (ahead >= 1) await this.pause(ahead);
    }
    const deadline = performance.now() + Math.min(timeoutUs / 1000, 2 * openingMs);
    while (pool.openLanes < lanes && performance.now() < deadline && !this.ending()) await this.pause(5);
    return pool;
  }

  private plan(): MeasuredWindow {
    const warmupStartUs = nowUs() + leadUs;
    const startUs = warmupStartUs + this.load.warmupUs;
    return { warmupStartUs, startUs, endUs: startUs + this.load.durationUs };
  }

  /** Starts the arrivals. */
  private offer({ warmupStartUs, endUs }: MeasuredWindow): void {
    const { pool } = this;
    if (!pool) return;
    const { arrivals, requests } = this.load;
    // A stream of its own: the choice of endpoints must not shift the arrivals.
    const pick = newEndpointPicker(
      requests.map(({ weight }) => weight),
      newRandom(seedOf(this.load) + 0x5eed),
    );
    this.recorder.onLive = (figures) => {
      const share = (nowUs() - warmupStartUs) / (endUs - warmupStartUs);
      const progress = { phase: this.phase, share: Math.min(1, Math.max(0, share)), ...figures };
      this.options.send({ type: 'progress', progress });
    };
    this.offeringEndsUs = endUs;
    this.submitNext = (intendedUs, dispatchedUs) => pool.submit(intendedUs, dispatchedUs, pick());
    const schedule = newSchedule(arrivals, this.load.warmupUs, this.load.durationUs);
    if (schedule) {
      const deliver = this.submitNext;
      this.pacer = new Pacer({
        schedule,
        startUs: warmupStartUs,
        endUs,
        deliver,
        work: () => pool.events,
        isQuiet: () => pool.inFlight === 0,
      });
    } else if (arrivals.model === 'closed') {
      const first = nowUs();
      for (let user = 0; user < arrivals.concurrency; user++) this.submitNext(first, first);
    }
  }

  private submitNext: (intendedUs: number, dispatchedUs: number) => void = () => undefined;

  /** The closed model: a user asks again as soon as his last request has ended. */
  private onFree(atUs: number): void {
    if (this.load.arrivals.model === 'closed' && atUs < this.offeringEndsUs) this.submitNext(atUs, nowUs());
  }

  /** Waits for what is under way, at most for the time-out; queued requests still go out. */
  private async drain(endUs: number): Promise<void> {
    this.enter('draining', endUs);
    const deadlineUs = endUs + this.load.timeoutUs;
    const { pool } = this;
    while (pool && pool.inFlight + pool.queued > 0 && nowUs() < deadlineUs && !this.ending()) await this.pause(5);
  }

  private result(
    window: MeasuredWindow,
    recorded: Recorded,
    health: HostHealth | null,
    spunUs: number,
    floorUs: number | null,
  ): LoadResult {
    return newLoadResult({
      load: this.load,
      window,
      recorded,
      health,
      spunUs,
      floorUs,
      dropped: this.ring.dropped,
      errorCodes: this.pool?.errorCodes ?? [],
      openErrors: this.pool?.openErrors ?? new Map<string, number>(),
      byProtocol: this.driver?.counted?.() ?? {},
      abandoned: this.abandoned,
      cancelled: this.options.signal.aborted,
    });
  }

  private ending(): boolean {
    return this.signal.aborted;
  }

  private enter(phase: LoadProgress['phase'], timeUs: number): void {
    this.phase = phase;
    this.options.send({ type: 'phase', phase, timeUs });
  }

  private async until(timeUs: number): Promise<void> {
    for (let left = timeUs - nowUs(); left > 0 && !this.ending(); left = timeUs - nowUs()) {
      await this.pause(Math.min(left / 1000, 2 ** 30));
    }
  }

  /** Ends early when cancelled. */
  private async pause(ms: number): Promise<void> {
    if (this.ending()) return;
    const done = new AbortController();
    const timer = setTimeout(() => done.abort(), Math.ceil(ms));
    const either = AbortSignal.any([this.signal, done.signal]);
    if (!either.aborted) await once(either, 'abort');
    clearTimeout(timer);
  }
}

function seedOf({ arrivals }: Load): number {
  return 'seed' in arrivals ? arrivals.seed : 1;
}

/** At least 0.1 % of what is to come: known for rates; a closed loop is assumed to reach 20 times the limit. */
function slowestKept(load: Load, rowLimit: number): number {
  const known = expectedRequests(load);
  const expected = Number.isNaN(known) ? 20 * rowLimit : known;
  return Math.min(Math.ceil(rowLimit / 10), Math.max(Math.ceil(rowLimit / 1000), Math.ceil((expected / 1000) * 1.1)));
}
