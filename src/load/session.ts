import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Load } from '../plan/scenario.ts';
import { AnswerWatch } from './answerWatch.ts';
import { nowUs, standStill } from './clock.ts';
import { holdCompiler, isSettled, releaseCompiler } from './compiler.ts';
import { findEndpoint } from './connecting.ts';
import type { Driver } from './drivers/driver.ts';
import { newDriver } from './drivers/newDriver.ts';
import { HealthMonitor, type HostHealth } from './health.ts';
import type { MessageFromLoad } from './messages.ts';
import { Pacer } from './pacer.ts';
import { Pool } from './pool.ts';
import { newRandom } from './random.ts';
import { RecorderThread } from './recorderThread.ts';
import type { LoadProgress, MeasuredWindow } from './result.ts';
import { slowestKept } from './rowStore.ts';
import { expectedRequests, newEndpointPicker, newSchedule } from './schedule.ts';
import type { SessionFacts } from './sessionFacts.ts';
import { dealt, firstConnection, shareOf, shareSeed, type Share } from './share.ts';

/** So long before the measured window the thread's health begins to be watched. */
const settleUs = 20_000;
/** Lanes are opened one after the other, over at most this long. */
const openingMs = 500;
const longestGapMs = 5;
/** Of a closed loop whose answers are watched for. With more users there is always some answer to be read. */
const fewUsers = 4;

export interface SessionOptions {
  /** The whole load, of which the share is offered. */
  readonly load: Load;
  readonly share: Share;
  readonly tracePrefix: string | null;
  readonly dir: string;
  readonly recorderPath: string;
  readonly rowLimit: number;
  readonly signal: AbortSignal;
  readonly send: (message: MessageFromLoad) => void;
  /** All connections are open: when the first request shall be due, µs on the monotonic clock. Must settle when `signal` is aborted. */
  readonly connected: () => Promise<number>;
}

/**
 * One load, or a share of it, from first connection to last byte written, on this thread: connecting → warmup → measuring → draining → writing.
 * Aborting ends it at once in any phase; what was recorded until then is the result.
 * @throws SlowpathError LOAD_FAILED if nothing can be loaded, RUN_WRITE_FAILED.
 */
export async function runSession(options: SessionOptions): Promise<SessionFacts> {
  const session = new Session(options);
  try {
    return await session.run();
  } finally {
    await session.dispose();
  }
}

class Session {
  private readonly options: SessionOptions;
  /** What this process offers; rates are still those of the whole load. */
  private readonly load: Load;
  private readonly seed: number;
  private readonly signal: AbortSignal;
  private readonly recorder: RecorderThread;
  /** Aborted with `signal`, and when the recorder fails. */
  private readonly stopping: AbortController;
  private driver: Driver | null = null;
  private pool: Pool | null = null;
  private pacer: Pacer | null = null;
  private watch: AnswerWatch | null = null;
  private health: HealthMonitor | null = null;
  private phase: LoadProgress['phase'] = 'connecting';
  /** The closed model offers until then. */
  private offeringEndsUs = 0;
  private abandoned = 0;

  constructor(options: SessionOptions) {
    this.options = options;
    const { share, tracePrefix } = options;
    this.load = shareOf(options.load, share);
    this.seed = shareSeed(seedOf(this.load), share);
    this.stopping = new AbortController();
    this.signal = AbortSignal.any([options.signal, this.stopping.signal]);
    this.recorder = new RecorderThread(options.recorderPath, {
      dir: options.dir,
      endpoints: this.load.requests.map(({ name }) => name),
      rowLimit: options.rowLimit,
      // All of the slowest may have been this process' share.
      slowestKept: Math.min(
        slowestKept(expectedRequests(this.load), options.rowLimit * share.count),
        Math.ceil(options.rowLimit / 2),
      ),
      seed: this.seed,
      tracePrefix,
    });
    this.recorder.finished.catch(() => this.stopping.abort());
  }

  async run(): Promise<SessionFacts> {
    // First, so that its start disturbs no request, and is not short of what the connections take.
    await this.recorder.ready;
    this.pool = await this.connect();
    const window = await this.plan();
    let health: HostHealth | null = null;
    let spunBefore = 0;
    let spunUs = 0;
    if (!this.ending()) {
      this.recorder.setWindow(window);
      // A pacer waits by itself; clients of a closed loop ask at once.
      if (this.load.arrivals.model === 'closed') await this.until(window.warmupStartUs);
      this.offer(window);
      this.enter('warmup', window.warmupStartUs);
      // One for the warm-up too: whoever tells it something has found its way to it before it counts.
      const watchHealth = (): HealthMonitor => (this.health = new HealthMonitor({ hasHeartbeat: this.pacer === null }));
      const rehearsal = watchHealth();
      await this.until(window.startUs - settleUs);
      if (isSettled(this.load.arrivals.model, rehearsal.stop(), this.spunUs)) holdCompiler();
      // Not in the window: what it reads and compiles holds up requests for milliseconds.
      watchHealth();
      spunBefore = this.spunUs;
      await this.until(window.startUs);
    }
    if (this.health && !this.ending()) {
      this.abandoned = this.pool?.abandonBefore(window.startUs) ?? 0;
      this.enter('measuring', window.startUs);
      await this.until(window.endUs);
      spunUs = this.spunUs - spunBefore;
      this.pacer?.look();
      health = this.health.stop();
    }
    releaseCompiler();
    const endUs = Math.min(nowUs(), window.endUs);
    this.offeringEndsUs = endUs;
    if (this.ending()) {
      this.pacer?.stop();
    } else {
      this.pacer?.finish();
      await this.drain(endUs);
    }
    this.watch?.stop();
    this.pool?.stop();
    this.enter('writing', nowUs());
    const recorded = await this.recorder.finish();
    const { warmupStartUs, startUs } = window;
    return {
      window: { warmupStartUs: Math.min(warmupStartUs, endUs), startUs: Math.min(startUs, endUs), endUs },
      recorded,
      errorCodes: this.pool?.errorCodes ?? [],
      openErrors: Object.fromEntries(this.pool?.openErrors ?? []),
      byProtocol: this.driver?.counted?.() ?? {},
      health,
      spunUs,
      dropped: this.recorder.ring.dropped,
      abandoned: this.abandoned,
      cancelled: this.options.signal.aborted,
    };
  }

  async dispose(): Promise<void> {
    this.pacer?.stop();
    this.watch?.stop();
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
      const { seed, signal } = this;
      const { share, tracePrefix } = this.options;
      driver = await newDriver(this.load, { endpoint, seed, tracePrefix, signal, share });
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
      record: (row) => this.recorder.ring.push(row),
      onFree: (atUs) => this.onFree(atUs),
      share: this.options.share,
      firstConnection: firstConnection(this.options.load, this.options.share),
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

  private async plan(): Promise<MeasuredWindow> {
    const warmupStartUs = this.ending() ? nowUs() : await this.options.connected();
    const startUs = warmupStartUs + this.load.warmupUs;
    return { warmupStartUs, startUs, endUs: startUs + this.load.durationUs };
  }

  /** Starts the arrivals. */
  private offer({ warmupStartUs, endUs }: MeasuredWindow): void {
    const { pool } = this;
    if (!pool) return;
    const { arrivals, requests } = this.load;
    const { share } = this.options;
    const isClosed = arrivals.model === 'closed';
    // A stream of its own: the choice of endpoints must not shift the arrivals.
    const pickAny = newEndpointPicker(
      requests.map(({ weight }) => weight),
      newRandom((isClosed ? this.seed : seedOf(this.load)) + 0x5eed),
    );
    // Users of a closed loop ask in no common order.
    const pick = isClosed ? pickAny : dealt(pickAny, share);
    this.recorder.onLive = (figures) => {
      const share = (nowUs() - warmupStartUs) / (endUs - warmupStartUs);
      const progress = { phase: this.phase, share: Math.min(1, Math.max(0, share)), ...figures };
      this.options.send({ type: 'progress', progress });
    };
    this.offeringEndsUs = endUs;
    this.submitNext = (intendedUs, dispatchedUs) => pool.submit(intendedUs, dispatchedUs, pick());
    const whole = newSchedule(arrivals, this.load.warmupUs, this.load.durationUs);
    if (whole) {
      const { ring } = this.recorder;
      // Who has one CPU only would spin where V8's and Node's own threads could have it.
      const rests = availableParallelism() === 1;
      const schedule = { next: dealt(() => whole.next(), share) };
      const deliver = this.submitNext;
      this.pacer = new Pacer({
        schedule,
        startUs: warmupStartUs,
        endUs,
        deliver,
        work: () => pool.events,
        isQuiet: () => pool.inFlight === 0,
        lend: (now, untilUs) => ring.lend(now, untilUs) || (rests && standStill(untilUs - now)),
        onAway: (us) => this.health?.wasAway(us),
      });
    } else if (arrivals.model === 'closed') {
      if (arrivals.concurrency <= fewUsers) this.watch = new AnswerWatch();
      const first = nowUs();
      for (let user = 0; user < arrivals.concurrency; user++) this.submitNext(first, first);
    }
  }

  private submitNext: (intendedUs: number, dispatchedUs: number) => void = () => undefined;

  /** The closed model: a user asks again as soon as his last request has ended. */
  private onFree(atUs: number): void {
    if (this.load.arrivals.model !== 'closed' || atUs >= this.offeringEndsUs) return;
    const now = nowUs();
    this.submitNext(atUs, now);
    this.watch?.sent(now);
  }

  /** CPU time that was spent waiting so far. */
  private get spunUs(): number {
    return this.pacer?.spunUs ?? this.watch?.spunUs ?? 0;
  }

  /** Waits for what is under way, at most for the time-out; queued requests still go out. */
  private async drain(endUs: number): Promise<void> {
    this.enter('draining', endUs);
    const deadlineUs = endUs + this.load.timeoutUs;
    const { pool } = this;
    while (pool && pool.inFlight + pool.queued > 0 && nowUs() < deadlineUs && !this.ending()) await this.pause(5);
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
