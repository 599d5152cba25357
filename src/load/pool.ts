import type { Driver, Lane, LaneListener } from './drivers/driver.ts';
import { nowUs } from './clock.ts';
import { RequestQueue } from './requestQueue.ts';
import { Outcome } from './result.ts';
import { newRow, type Row } from './ring.ts';
import { wholeLoad, type Share } from './share.ts';

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

type SlotState = 'closed' | 'opening' | 'idle' | 'busy' | 'waiting';

/** One lane over all its incarnations, and the request on it. */
interface Slot {
  readonly ordinal: number;
  lane: Lane | null;
  state: SlotState;
  /** A request is on it: being answered, or waiting for the lane to open. */
  loaded: boolean;
  hasAnswered: boolean;
  backOffMs: number;
  retry: NodeJS.Timeout | null;
  inIdleRing: boolean;
  intendedUs: number;
  dispatchedUs: number;
  sentUs: number;
  endpoint: number;
  /** Of the request on it, from 1, unique in the whole run. */
  sequence: number;
  /** Neighbours in the list of loaded slots, oldest first. */
  previous: Slot | null;
  next: Slot | null;
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
  private readonly slots: Slot[];
  private readonly queue = new RequestQueue();
  private readonly idleRing: Int32Array;
  private idleHead = 0;
  private idleCount = 0;
  private opening = 0;
  private loaded = 0;
  private sequence: number;
  private readonly sequenceStep: number;
  private readonly firstConnection: number;
  private oldest: Slot | null = null;
  private newest: Slot | null = null;
  private expiry: NodeJS.Timeout | null = null;
  private stopped = false;
  private readonly row = newRow();

  constructor(options: PoolOptions) {
    this.options = options;
    this.now = options.now ?? nowUs;
    const { index, count } = options.share ?? wholeLoad;
    this.sequence = index + 1 - count;
    this.sequenceStep = count;
    this.firstConnection = options.firstConnection ?? 0;
    this.idleRing = new Int32Array(options.lanes);
    this.slots = Array.from({ length: options.lanes }, (_, ordinal) => ({
      ordinal,
      lane: null,
      state: 'closed',
      loaded: false,
      hasAnswered: false,
      backOffMs: 0,
      retry: null,
      inIdleRing: false,
      intendedUs: NaN,
      dispatchedUs: NaN,
      sentUs: NaN,
      endpoint: 0,
      sequence: 0,
      previous: null,
      next: null,
    }));
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
    return this.loaded;
  }

  /** Requests due and not yet sent. */
  get queued(): number {
    return this.queue.length;
  }

  /** A request is due. Sends it now if a lane is free. */
  submit(intendedUs: number, dispatchedUs: number, endpoint: number): void {
    const slot = this.takeIdle() ?? this.takeOpening();
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
    while (this.oldest) this.finish(this.oldest, Outcome.inFlight, 0, NaN, now, 0, 0);
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
      this.idle(slot);
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
      this.idle(slot);
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

  private idle(slot: Slot): void {
    slot.state = 'idle';
    if (this.queue.length > 0) {
      this.loadFromQueue(slot);
    } else if (!slot.inIdleRing) {
      slot.inIdleRing = true;
      this.idleRing[(this.idleHead + this.idleCount++) % this.idleRing.length] = slot.ordinal;
    }
  }

  private takeIdle(): Slot | null {
    while (this.idleCount > 0) {
      const slot = this.slotOf(this.idleRing[this.idleHead] ?? 0);
      this.idleHead = (this.idleHead + 1) % this.idleRing.length;
      this.idleCount--;
      slot.inIdleRing = false;
      // It may have closed, or been taken by the queue, since it was put here.
      if (slot.state === 'idle') return slot;
    }
    return null;
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
    this.loaded++;
    slot.loaded = true;
    slot.intendedUs = intendedUs;
    slot.dispatchedUs = dispatchedUs;
    slot.endpoint = endpoint;
    slot.sequence = this.sequence += this.sequenceStep;
    slot.previous = this.newest;
    slot.next = null;
    if (this.newest) this.newest.next = slot;
    else this.oldest = slot;
    this.newest = slot;
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
    const { row } = this;
    row.intendedUs = slot.intendedUs;
    row.dispatchedUs = slot.dispatchedUs;
    row.sentUs = slot.sentUs;
    row.firstByteUs = firstByteUs;
    row.doneUs = doneUs;
    row.endpoint = slot.endpoint;
    row.status = status;
    row.outcome = outcome;
    row.connection = this.firstConnection + Math.floor(slot.ordinal / this.options.driver.lanesPerConnection);
    row.sequence = slot.sequence;
    row.localPort = slot.lane?.localPort ?? 0;
    row.bytes = Math.min(bytes, 0x7fffffff);
    row.error = error;
    this.options.record(row);
    this.loaded--;
    slot.loaded = false;
    if (slot.previous) slot.previous.next = slot.next;
    else this.oldest = slot.next;
    if (slot.next) slot.next.previous = slot.previous;
    else this.newest = slot.previous;
    slot.previous = null;
    slot.next = null;
  }

  private recordUnsent(nowUs: number): void {
    const { row, queue } = this;
    row.intendedUs = queue.intendedUs;
    row.dispatchedUs = queue.dispatchedUs;
    row.endpoint = queue.nextEndpoint;
    row.sentUs = NaN;
    row.firstByteUs = NaN;
    row.doneUs = nowUs;
    row.status = 0;
    row.outcome = Outcome.unsent;
    row.connection = -1;
    row.sequence = 0;
    row.localPort = 0;
    row.bytes = 0;
    row.error = 0;
    this.options.record(row);
    queue.shift();
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
    const now = this.now();
    let freed = 0;
    for (let slot = this.oldest; slot && slot.sentUs + this.options.timeoutUs <= now; slot = this.oldest) {
      this.finish(slot, Outcome.timeout, 0, NaN, now, 0, 0);
      if (slot.state === 'opening') this.opening--;
      // The late answer must not be taken for the next request's.
      slot.lane?.destroy();
      this.openSlot(slot);
      freed++;
    }
    if (this.oldest) this.armExpiry(this.oldest.sentUs + this.options.timeoutUs - now);
    while (freed-- > 0) this.options.onFree(now);
  }

  private errorNumber(code: string): number {
    const known = this.errorCodes.indexOf(code);
    return known >= 0 ? known + 1 : this.errorCodes.push(code);
  }
}
