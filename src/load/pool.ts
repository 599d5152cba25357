import type { Driver, LaneListener } from './drivers/driver.ts';
import { nowUs } from './clock.ts';
import { EndedRows } from './endedRows.ts';
import { RequestQueue } from './requestQueue.ts';
import { Outcome } from './result.ts';
import type { Row } from './ring.ts';
import { wholeLoad, type Share } from './share.ts';
import { IdleSlots, LoadedSlots, newSlots, type Slot } from './slots.ts';

/** First and longest wait before a lane that failed without ever answering is opened again. */
const firstBackOffMs = 10;
const longestBackOffMs = 200;

export interface PoolOptions {
  readonly driver: Driver;
  readonly lanes: number;
  readonly timeoutUs: number;
  /** One row for every request, whatever became of it. The object is reused. */
  readonly record: (row: Readonly<Row>) => void;
  /** A request has ended and its lane is settled: the closed model makes the next one due. */
  readonly onFree: (atUs: number) => void;
  /** µs on the monotonic clock; for tests that bring their own time. */
  readonly now?: () => number;
  /** Which of several processes' pools this is: their sequence numbers are dealt out like their arrivals. */
  readonly share?: Share;
  /** Ordinal of its first connection in the run. */
  readonly firstConnection?: number;
}

/**
 * Carries due requests over a fixed number of lanes and records what became of each. Independent of protocol and arrivals.
 *
 * A due request takes the lane that has been idle longest. If none is idle, it rides on one that is being opened: the
 * handshake is then part of its service time, as it is for any client. Else it queues, in order, and keeps its intended time.
 *
 * Time-outs run from the actual send. All are equally long, so the oldest loaded slot is always the next to expire: one
 * timer, armed for it, serves them all.
 */
export class Pool implements LaneListener {
  /** Counts sends and answers: lets the pacer tell work from spinning. */
  events = 0;
  /** Errors of lanes opened ahead of need: they fail no request. */
  readonly openErrors = new Map<string, number>();
  readonly errorCodes: string[] = [];
  private readonly options: PoolOptions;
  private readonly now: () => number;
  private readonly slots: readonly Slot[];
  private readonly idle: IdleSlots;
  private readonly loaded = new LoadedSlots();
  private readonly rows: EndedRows;
  private readonly queue = new RequestQueue();
  private opening = 0;
  private sequence: number;
  private readonly sequenceStep: number;
  private expiry: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(options: PoolOptions) {
    this.options = options;
    this.now = options.now ?? nowUs;
    const { index, count } = options.share ?? wholeLoad;
    this.sequence = index + 1 - count;
    this.sequenceStep = count;
    this.slots = newSlots(options.lanes);
    this.idle = new IdleSlots(this.slots);
    this.rows = new EndedRows({
      lanesPerConnection: options.driver.lanesPerConnection,
      firstConnection: options.firstConnection ?? 0,
      record: options.record,
    });
  }

  /** Opens a lane ahead of need; does nothing if it is open already. */
  open(ordinal: number): void {
    const slot = this.slots[ordinal];
    if (slot?.state === 'closed') this.openSlot(slot);
  }

  /** Lanes that can carry a request now or are carrying one. */
  get openLanes(): number {
    let open = 0;
    for (const slot of this.slots) if (slot.state === 'idle' || slot.state === 'busy') open++;
    return open;
  }

  /** Requests sent and not yet ended. */
  get inFlight(): number {
    return this.loaded.count;
  }

  /** Requests due and not yet sent. */
  get queued(): number {
    return this.queue.length;
  }

  /** A request is due. Sends it now if a lane is free. */
  submit(intendedUs: number, dispatchedUs: number, endpoint: number): void {
    const slot = this.idle.take() ?? this.takeOpening();
    if (slot) this.load(slot, intendedUs, dispatchedUs, endpoint);
    else this.queue.push(intendedUs, dispatchedUs, endpoint);
  }

  /** Lets go of queued requests that were due before a time; they are recorded as unsent. @returns how many. */
  abandonBefore(timeUs: number): number {
    const now = this.now();
    let abandoned = 0;
    for (; this.queue.intendedUs < timeUs; abandoned++) this.recordUnsent(now);
    return abandoned;
  }

  /** Ends everything: what is in flight or queued is recorded as such. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    const now = this.now();
    if (this.expiry) clearTimeout(this.expiry);
    while (this.loaded.oldest) this.finish(this.loaded.oldest, Outcome.inFlight, 0, NaN, now, 0, 0);
    while (this.queue.length > 0) this.recordUnsent(now);
    for (const slot of this.slots) {
      if (slot.retry) clearTimeout(slot.retry);
      slot.lane?.destroy();
      slot.lane = null;
      slot.state = 'closed';
    }
  }

  onReady(ordinal: number): void {
    const slot = this.slotOf(ordinal);
    this.opening--;
    if (slot.loaded) {
      slot.state = 'busy';
      slot.lane?.send(slot.endpoint, slot.sequence);
    } else {
      this.becomesIdle(slot);
    }
  }

  onAnswer(
    ordinal: number,
    good: boolean,
    status: number,
    bytes: number,
    firstByteUs: number,
    doneUs: number,
    reusable: boolean,
  ): void {
    const slot = this.slotOf(ordinal);
    this.events++;
    slot.hasAnswered = true;
    slot.backOffMs = 0;
    this.finish(slot, good ? Outcome.ok : Outcome.badStatus, status, firstByteUs, doneUs, bytes, 0);
    if (reusable) {
      this.becomesIdle(slot);
    } else {
      slot.lane?.retire();
      this.openSlot(slot);
    }
    this.options.onFree(doneUs);
  }

  onDown(ordinal: number, code: string, atUs: number): void {
    const slot = this.slotOf(ordinal);
    const wasOpening = slot.state === 'opening';
    if (wasOpening) this.opening--;
    const wasLoaded = slot.loaded;
    if (wasLoaded) this.finish(slot, Outcome.connectionError, 0, NaN, atUs, 0, this.errorNumber(code));
    else if (wasOpening) this.openErrors.set(code, (this.openErrors.get(code) ?? 0) + 1);
    slot.lane = null;
    if (slot.hasAnswered) this.openSlot(slot);
    else this.backOff(slot);
    if (wasLoaded) this.options.onFree(atUs);
  }

  private slotOf(ordinal: number): Slot {
    const slot = this.slots[ordinal];
    if (!slot) throw new RangeError(`No lane ${ordinal}.`);
    return slot;
  }

  /** Takes the head of the queue with it, if there is one. */
  private openSlot(slot: Slot): void {
    slot.retry = null;
    slot.hasAnswered = false;
    if (this.stopped) {
      slot.state = 'closed';
      return;
    }
    slot.state = 'opening';
    this.opening++;
    slot.lane = this.options.driver.open(slot.ordinal, this);
    if (this.queue.length > 0) this.loadFromQueue(slot);
  }

  private backOff(slot: Slot): void {
    slot.state = 'waiting';
    slot.backOffMs = Math.min(longestBackOffMs, Math.max(firstBackOffMs, slot.backOffMs * 2));
    slot.retry = setTimeout(() => this.openSlot(slot), slot.backOffMs);
  }

  private becomesIdle(slot: Slot): void {
    slot.state = 'idle';
    if (this.queue.length > 0) this.loadFromQueue(slot);
    else this.idle.add(slot);
  }

  /** A lane that is being opened and carries nothing yet. */
  private takeOpening(): Slot | null {
    if (this.opening === 0) return null;
    return this.slots.find((slot) => slot.state === 'opening' && !slot.loaded) ?? null;
  }

  private loadFromQueue(slot: Slot): void {
    const { intendedUs, dispatchedUs, nextEndpoint } = this.queue;
    this.queue.shift();
    this.load(slot, intendedUs, dispatchedUs, nextEndpoint);
  }

  private load(slot: Slot, intendedUs: number, dispatchedUs: number, endpoint: number): void {
    this.events++;
    slot.intendedUs = intendedUs;
    slot.dispatchedUs = dispatchedUs;
    slot.endpoint = endpoint;
    slot.sequence = this.sequence += this.sequenceStep;
    this.loaded.add(slot);
    if (!this.expiry) this.armExpiry(this.options.timeoutUs);
    slot.sentUs = this.now();
    if (slot.state === 'idle') {
      slot.state = 'busy';
      slot.lane?.send(endpoint, slot.sequence);
    }
  }

  private finish(
    slot: Slot,
    outcome: Outcome,
    status: number,
    firstByteUs: number,
    doneUs: number,
    bytes: number,
    error: number,
  ): void {
    this.rows.ended(slot, outcome, status, firstByteUs, doneUs, bytes, error);
    this.loaded.remove(slot);
  }

  private recordUnsent(nowUs: number): void {
    this.rows.unsent(this.queue, nowUs);
    this.queue.shift();
  }

  /**
   * Judged after one more turn of the loop: if this process stood still, timers run before sockets are read, and answers that came in
   * time would be called too late.
   */
  private armExpiry(waitUs: number): void {
    this.expiry = setTimeout(() => setImmediate(() => this.expire()), Math.ceil(waitUs / 1000));
  }

  private expire(): void {
    this.expiry = null;
    if (this.stopped) return;
    const { loaded } = this;
    const now = this.now();
    let freed = 0;
    for (let slot = loaded.oldest; slot && slot.sentUs + this.options.timeoutUs <= now; slot = loaded.oldest) {
      this.finish(slot, Outcome.timeout, 0, NaN, now, 0, 0);
      if (slot.state === 'opening') this.opening--;
      // The late answer must not be taken for the next request's.
      slot.lane?.destroy();
      this.openSlot(slot);
      freed++;
    }
    if (loaded.oldest) this.armExpiry(loaded.oldest.sentUs + this.options.timeoutUs - now);
    while (freed-- > 0) this.options.onFree(now);
  }

  private errorNumber(code: string): number {
    const known = this.errorCodes.indexOf(code);
    return known >= 0 ? known + 1 : this.errorCodes.push(code);
  }
}
