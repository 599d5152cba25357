import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { deflateSync } from 'node:zlib';
import { encodeHlogLine, type HlogLine } from '../latency/hlog.ts';
import { nowUs } from './clock.ts';
import { hlogFileName, hlogHead } from './hlogFile.ts';
import type { MessageFromRecorder, MessageToRecorder, RecorderStart } from './messages.ts';
import { Recording, type Interval } from './recording.ts';
import { requestsFileName, writeRequestsFile } from './requestsFile.ts';
import type { MeasuredWindow } from './result.ts';
import { RingReader, type Row } from './ring.ts';
import { RowStore } from './rowStore.ts';
import { writeFailure } from './writeFailure.ts';

/** The recorder: a worker thread of the load process. It takes the rows, so that recording never stands in a socket's way. */

/**
 * Each turn takes the core from a generator that shares it, for as long as it has rows to record: neither more turns than are needed nor
 * long ones. (Of 20, 60, 125 and 500 rows at 2,000/s on one core, 125 held up the fewest answers.)
 */
const shortestRestMs = 20;
const longestRestMs = 250;
const rowsPerTurn = 125;
const liveMs = 250;

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
  private rehearsed: HlogLine[] = [];
  private timer: NodeJS.Timeout | null = null;
  private nextLiveUs = 0;
  private drainedUs = 0;
  /** Lines of the last second that are still to be written, first one first. */
  private unwritten: HlogLine[] = [];
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
    this.recording = new Recording(endpoints, startUs, endUs, (interval) => this.writeInterval(interval));
    this.rehearsal = new Recording(
      endpoints,
      warmupStartUs,
      startUs,
      (interval) => (this.rehearsed = linesOf(interval)),
    );
    this.drainedUs = nowUs();
    this.rest(shortestRestMs);
  }

  private rest(ms: number): void {
    this.timer = setTimeout(() => this.guard(() => this.rest(this.drain())), ms);
  }

  /** @returns how long it may rest now, ms. */
  private drain(): number {
    const beforeUs = nowUs();
    const rows = this.ring.drain(this.take);
    const rowsPerMs = (rows / (beforeUs - this.drainedUs)) * 1000;
    this.drainedUs = beforeUs;
    this.recording?.tick(beforeUs);
    this.writeLine();
    this.rehearse(beforeUs);
    if (this.recording && beforeUs >= this.nextLiveUs) {
      this.nextLiveUs = beforeUs + liveMs * 1000;
      this.send({ type: 'live', figures: this.recording.liveFigures(beforeUs) });
    }
    if (this.unwritten.length + this.rehearsed.length > 0) return shortestRestMs;
    return Math.min(longestRestMs, Math.max(shortestRestMs, rowsPerTurn / rowsPerMs));
  }

  /**
   * A second's lines are written one a turn: packing a dozen at once held up the generator for milliseconds where both share a core.
   * Its histograms are good until the next second is handed out.
   */
  private writeInterval(interval: Interval): void {
    this.writeLines();
    this.unwritten = linesOf(interval);
  }

  private writeLine(): void {
    const line = this.unwritten.shift();
    if (line) writeSync(this.hlog, encodeHlogLine(line, deflateSync));
  }

  private writeLines(): void {
    while (this.unwritten.length > 0) this.writeLine();
  }

  private rehearse(nowUs: number): void {
    if (!this.rehearsal || !this.window) return;
    this.rehearsal.tick(nowUs);
    const line = this.rehearsed.shift();
    if (line) encodeHlogLine(line, deflateSync);
    if (nowUs <= this.window.startUs) return;
    this.rehearsal = null;
    this.rehearsed = [];
  }

  private finish(): void {
    if (this.timer) clearTimeout(this.timer);
    // Cancelled before the first request: a window that nothing can fall into.
    this.recording ??= new Recording(this.start.endpoints, Infinity, Infinity, (interval) =>
      this.writeInterval(interval),
    );
    this.ring.drain(this.take);
    const totals = this.recording.finish();
    this.writeLines();
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
      if (this.timer) clearTimeout(this.timer);
      this.send(failure(error, this.start.dir));
      this.port.close();
    }
  }

  private send(message: MessageFromRecorder): void {
    this.port.postMessage(message);
  }
}

function linesOf({ startSeconds, lengthSeconds, series }: Interval): HlogLine[] {
  return series.map(({ tag, histogram }) => ({ tag, startSeconds, lengthSeconds, histogram }));
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
