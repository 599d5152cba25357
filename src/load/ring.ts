import type { Outcome } from './result.ts';

/**
 * The pipe from the thread that drives sockets to the one that records: fixed-size rows in shared memory, one writer, one
 * reader, no locks and no garbage. A row that does not fit is counted, never lost in silence: the verdict says DROPPED.
 *
 * A row is 80 bytes: five doubles (intended, dispatched, sent, first byte, done), then ten 32-bit integers (endpoint, status,
 * outcome, connection, local port, bytes, error, sequence, two spare).
 */
const doublesPerRow = 10;
const integersPerRow = 20;
const controlBytes = 256;
/** Cache lines apart, so that the two threads do not slow each other down. */
const headAt = 0;
const tailAt = 16;
const droppedAt = 32;
/** Stretches of time lent so far, those that the reader has given back, and (a double, by its own index) until when. */
const lentAt = 48;
const returnedAt = 50;
const lentUntilAt = 26;
/** 1 if the reader could do with more. */
const wantsMoreAt = 54;

/** Half a second of slack at 250,000 requests a second; 10.5 MB. */
const defaultRingRows = 131_072;

/** @param rows a power of two. */
export function newRingMemory(rows: number = defaultRingRows): SharedArrayBuffer {
  return new SharedArrayBuffer(controlBytes + rows * doublesPerRow * 8);
}

/** One request that has ended, in whatever way. Times in µs, NaN where there is none. */
export interface Row {
  intendedUs: number;
  /** When the generator noticed that it was due: later than intended only by the generator's own fault. */
  dispatchedUs: number;
  sentUs: number;
  firstByteUs: number;
  doneUs: number;
  endpoint: number;
  status: number;
  outcome: Outcome;
  connection: number;
  localPort: number;
  bytes: number;
  /** Index into the session's error codes + 1; 0 for none. */
  error: number;
  /** Of the request in this run, from 1, the last part of its trace id; 0 if it was never sent. */
  sequence: number;
}

/** Fewer are left for the next stretch: waking the reader costs as much as it takes a dozen. */
const rowsWorthLending = 32;

/** A row to be filled in, again and again. */
export function newRow(): Row {
  return {
    intendedUs: 0,
    dispatchedUs: 0,
    sentUs: 0,
    firstByteUs: 0,
    doneUs: 0,
    endpoint: 0,
    status: 0,
    outcome: 0,
    connection: 0,
    localPort: 0,
    bytes: 0,
    error: 0,
    sequence: 0,
  };
}

/** The memory as both ends see it. */
class RingEnd {
  protected readonly control: Int32Array;
  protected readonly times: Float64Array;
  protected readonly doubles: Float64Array;
  protected readonly integers: Int32Array;
  protected readonly mask: number;

  constructor(memory: SharedArrayBuffer) {
    this.control = new Int32Array(memory, 0, controlBytes / 4);
    this.times = new Float64Array(memory, 0, controlBytes / 8);
    this.doubles = new Float64Array(memory, controlBytes);
    this.integers = new Int32Array(memory, controlBytes);
    this.mask = this.doubles.length / doublesPerRow - 1;
  }
}

export class RingWriter extends RingEnd {
  private head = 0;
  /** The reader's position when last looked at: looked at again only when the ring seems full. */
  private tail = 0;
  /** The head when time was lent last. */
  private lentHead = 0;

  push(row: Row): void {
    if (this.head - this.tail > this.mask) {
      this.tail = this.head - ((this.head - Atomics.load(this.control, tailAt)) | 0);
      if (this.head - this.tail > this.mask) {
        Atomics.add(this.control, droppedAt, 1);
        return;
      }
    }
    const slot = this.head & this.mask;
    const d = slot * doublesPerRow;
    const doubles = this.doubles;
    doubles[d] = row.intendedUs;
    doubles[d + 1] = row.dispatchedUs;
    doubles[d + 2] = row.sentUs;
    doubles[d + 3] = row.firstByteUs;
    doubles[d + 4] = row.doneUs;
    const i = slot * integersPerRow + 10;
    const integers = this.integers;
    integers[i] = row.endpoint;
    integers[i + 1] = row.status;
    integers[i + 2] = row.outcome;
    integers[i + 3] = row.connection;
    integers[i + 4] = row.localPort;
    integers[i + 5] = row.bytes;
    integers[i + 6] = row.error;
    integers[i + 7] = row.sequence;
    this.head += 1;
    Atomics.store(this.control, headAt, this.head | 0);
  }

  /**
   * Nothing is to be done here until then: the reader may have the core, if there are rows enough to be worth it. Waits until it has taken
   * what it could, at most for the time.
   * @returns whether it was lent; not if the reader is at work anyway.
   */
  lend(nowUs: number, untilUs: number): boolean {
    const wantsMore = Atomics.load(this.control, wantsMoreAt) === 1;
    if (!wantsMore && this.head - this.lentHead < rowsWorthLending) return false;
    const returned = Atomics.load(this.control, returnedAt);
    if (!this.offer(untilUs)) return false;
    this.lentHead = this.head;
    Atomics.wait(this.control, returnedAt, returned, (untilUs - nowUs) / 1000);
    return true;
  }

  /** Makes a reader that waits look after its other business. */
  wake(): void {
    this.offer(0);
  }

  private offer(untilUs: number): boolean {
    this.times[lentUntilAt] = untilUs;
    Atomics.add(this.control, lentAt, 1);
    return Atomics.notify(this.control, lentAt) > 0;
  }

  /** Rows that did not fit so far. */
  get dropped(): number {
    return Atomics.load(this.control, droppedAt);
  }
}

export class RingReader extends RingEnd {
  private tail = 0;
  private lent = 0;
  private readonly row = newRow();

  /** Hands over the rows there are, at most so many; the same object each time. Space is given back every 1,024 rows. */
  drain(take: (row: Readonly<Row>) => void, most = Infinity): number {
    const count = Math.min((Atomics.load(this.control, headAt) - this.tail) | 0, most);
    for (let n = 1; n <= count; n++) {
      take(this.read(this.tail & this.mask));
      this.tail = (this.tail + 1) | 0;
      if ((n & 1023) === 0 || n === count) Atomics.store(this.control, tailAt, this.tail);
    }
    return count;
  }

  /**
   * Waits until the writer lends time, the thread standing still.
   * @returns until when it is lent, µs; 0 if there is other business; null if none was lent so long.
   */
  borrow(ms: number): number | null {
    const outcome = Atomics.wait(this.control, lentAt, this.lent, ms);
    this.lent = Atomics.load(this.control, lentAt);
    if (outcome === 'timed-out') return null;
    return outcome === 'ok' ? (this.times[lentUntilAt] ?? 0) : 0;
  }

  /** Gives back what was lent. @param wantsMore soon, without waiting for rows. */
  giveBack(wantsMore: boolean): void {
    Atomics.store(this.control, wantsMoreAt, wantsMore ? 1 : 0);
    Atomics.add(this.control, returnedAt, 1);
    Atomics.notify(this.control, returnedAt);
  }

  private read(slot: number): Row {
    const { row, doubles, integers } = this;
    const d = slot * doublesPerRow;
    row.intendedUs = doubles[d] ?? NaN;
    row.dispatchedUs = doubles[d + 1] ?? NaN;
    row.sentUs = doubles[d + 2] ?? NaN;
    row.firstByteUs = doubles[d + 3] ?? NaN;
    row.doneUs = doubles[d + 4] ?? NaN;
    const i = slot * integersPerRow + 10;
    row.endpoint = integers[i] ?? 0;
    row.status = integers[i + 1] ?? 0;
    row.outcome = (integers[i + 2] ?? 0) as Outcome;
    row.connection = integers[i + 3] ?? 0;
    row.localPort = integers[i + 4] ?? 0;
    row.bytes = integers[i + 5] ?? 0;
    row.error = integers[i + 6] ?? 0;
    row.sequence = integers[i + 7] ?? 0;
    return row;
  }
}
