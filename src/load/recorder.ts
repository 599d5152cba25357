import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { deflateSync } from 'node:zlib';
import { encodeHlogLineInSteps, type HlogLine } from '../latency/hlog.ts';
import { nowUs } from './clock.ts';
import { hlogFileName, hlogHead } from './hlogFile.ts';
import type { MessageFromRecorder, MessageToRecorder, RecorderStart } from './messages.ts';
import { Recording } from './recording.ts';
import { requestsFileName, writeRequestsFile } from './requestsFile.ts';
import type { MeasuredWindow } from './result.ts';
import { RingReader, type Row } from './ring.ts';
import { RowStore } from './rowStore.ts';
import { writeFailure } from './writeFailure.ts';

/** The recorder: a worker thread of the load process. It takes the rows, so that recording never stands in a socket's way. */

/**
 * While the generator has nothing to do it lends its core (ring.ts), and most of the recording is done then. Where it never rests, each turn
 * takes the core from a generator that shares it, for as long as it has rows to record: neither more turns than are needed nor long
 * ones. (Of 20, 60, 125 and 500 rows at 2,000/s on one core, 125 held up the fewest answers.)
 */
const shortestRestMs = 20;
const longestRestMs = 250;
const rowsPerTurn = 125;
/** Rows between two looks at the clock. */
const rowsAtOnce = 8;
/** Other work is done in steps; one is begun if there is this much time for it, or if none was done for so long. */
const stepUs = 250;
const longestPutOffUs = 20_000;
/** In a turn without an end: a line of the log. */
const stepsPerTurn = 4;
const liveMs = 250;
/** A little larger than at its best, and without 256 KB of tables to be laid out anew for each line. */
const packing = { level: 1, windowBits: 10, memLevel: 3 };

class Recorder {
  private readonly start: RecorderStart;
  private readonly port: NonNullable<typeof parentPort>;
  private readonly ring: RingReader;
  private readonly rows: RowStore;
  private readonly hlog: number;
  private window: MeasuredWindow | null = null;
  private recording: Recording | null = null;
  /**
   * The warm-up, recorded as the window will be and thrown away: what V8 compiles on the way it has compiled when it counts. It took 30 ms
   * of the generator's core out of the first half second.
   */
  private rehearsal: Recording | null = null;
  private turn: NodeJS.Immediate | null = null;
  private nextLiveUs = 0;
  private drainedUs = 0;
  private workedUs = 0;
  private readonly take = (row: Readonly<Row>): void => {
    this.recording?.add(row);
    this.rehearsal?.add(row);
    this.rows.add(row);
  };

  constructor(start: RecorderStart, port: NonNullable<typeof parentPort>) {
    this.start = start;
    this.port = port;
    this.ring = new RingReader(start.ring);
    this.rows = new RowStore(start.rowLimit, start.slowestKept, start.seed);
    this.hlog = openSync(join(start.dir, hlogFileName), 'w');
    this.port.on('message', (message: MessageToRecorder) =>
      this.guard(() => (message.type === 'window' ? this.open(message.window) : this.finish())),
    );
  }

  private open(window: MeasuredWindow): void {
    const { warmupStartUs, startUs, endUs } = window;
    const { endpoints } = this.start;
    this.window = window;
    writeSync(this.hlog, hlogHead(startUs));
    this.recording = new Recording(endpoints, startUs, endUs, (line) => this.write(line));
    this.rehearsal = new Recording(endpoints, warmupStartUs, startUs, (line) => encodeHlogLineInSteps(line, pack));
    this.drainedUs = nowUs();
    this.rest(shortestRestMs);
  }

  /** Until it is lent time, for so long at most; between two rests the thread hears what it is told. */
  private rest(ms: number): void {
    this.turn = setImmediate(() =>
      this.guard(() => {
        const lentUntilUs = this.ring.borrow(ms);
        this.rest(lentUntilUs === null ? this.drain() : this.use(lentUntilUs));
      }),
    );
  }

  /** Takes every row there is. @returns how long it may rest now, ms. */
  private drain(): number {
    const beforeUs = nowUs();
    const rows = this.ring.drain(this.take);
    const rowsPerMs = (rows / (beforeUs - this.drainedUs)) * 1000;
    this.drainedUs = beforeUs;
    this.tick(beforeUs);
    let steps = stepsPerTurn;
    while (steps > 0 && this.work()) steps--;
    if (steps === 0) return shortestRestMs;
    return Math.min(longestRestMs, Math.max(shortestRestMs, rowsPerTurn / rowsPerMs));
  }

  /** Does what it can in time that is lent. @returns how long it may rest now, ms. */
  private use(untilUs: number): number {
    let now = nowUs();
    this.tick(now);
    // Rows first: the live figures are of what has been taken.
    while (now < untilUs && this.ring.drain(this.take, rowsAtOnce) > 0) now = nowUs();
    this.drainedUs = now;
    let hasMore = false;
    while (now + stepUs < untilUs || now > this.workedUs + longestPutOffUs) {
      hasMore = this.work();
      now = nowUs();
      this.workedUs = now;
      if (!hasMore) break;
    }
    this.ring.giveBack(hasMore);
    return longestRestMs;
  }

  private tick(nowUs: number): void {
    this.recording?.tick(nowUs);
    this.rehearsal?.tick(nowUs);
    if (this.window && nowUs > this.window.startUs) this.rehearsal = null;
  }

  /** One step of what there is to do beside taking rows. @returns false if there was nothing. */
  private work(): boolean {
    return (this.rehearsal?.work() ?? false) || (this.recording?.work() ?? false) || this.tellLive();
  }

  private tellLive(): boolean {
    const now = nowUs();
    if (!this.recording || now < this.nextLiveUs) return false;
    this.nextLiveUs = now + liveMs * 1000;
    this.send({ type: 'live', figures: this.recording.liveFigures(now) });
    return true;
  }

  private *write(line: HlogLine): Generator<undefined> {
    writeSync(this.hlog, yield* encodeHlogLineInSteps(line, pack));
  }

  private finish(): void {
    if (this.turn) clearImmediate(this.turn);
    // Cancelled before the first request: a window that nothing can fall into.
    this.recording ??= new Recording(this.start.endpoints, Infinity, Infinity, (line) => this.write(line));
    this.ring.drain(this.take);
    const totals = this.recording.finish();
    closeSync(this.hlog);
    const { dir, endpoints, tracePrefix } = this.start;
    const path = join(dir, requestsFileName);
    const medians = writeRequestsFile(path, this.rows, endpoints, tracePrefix, this.window);
    const files = [hlogFileName, requestsFileName];
    this.send({ type: 'finished', recorded: { totals, sampling: this.rows.sampling, medians, files } });
    this.port.close();
  }

  /** What fails here is the disk; the session is told and ends. */
  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.turn) clearImmediate(this.turn);
      this.send(failure(error, this.start.dir));
      this.port.close();
    }
  }

  private send(message: MessageFromRecorder): void {
    this.port.postMessage(message);
  }
}

function pack(bytes: Uint8Array): Uint8Array {
  return deflateSync(bytes, packing);
}

function failure(error: unknown, dir: string): MessageFromRecorder {
  const { code, message } = writeFailure(error, dir);
  return { type: 'failed', code, message };
}

if (parentPort) {
  const port = parentPort;
  const start = workerData as RecorderStart;
  try {
    new Recorder(start, port);
    port.postMessage({ type: 'ready' } satisfies MessageFromRecorder);
  } catch (error) {
    port.postMessage(failure(error, start.dir));
  }
}
