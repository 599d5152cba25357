import { addHistogram, newHistogram, quantile, record, resetHistogram, type Histogram } from '../latency/histogram.ts';
import type { HlogLine } from '../latency/hlog.ts';
import { hasLatency, isAnswered } from './latencies.ts';
import { Outcome } from './result.ts';
import type { Row } from './ring.ts';
import type { RecordingTotals } from './totals.ts';

export const seriesNames = ['response', 'service', 'sendLag'] as const;
type Series = Readonly<Record<(typeof seriesNames)[number], Histogram>>;

/** Takes a line of a second that is over, in steps; its histogram is good until the last of them. */
type Emit = (line: HlogLine) => Iterable<undefined>;

export interface LiveFigures {
  readonly ratePerSecond: number;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly errors: number;
}

const sliceUs = 250_000;
const slices = 4;

/** A row may reach the ring this much after its time. */
const lateUs = 100_000;

/**
 * Turns rows into the three series: per endpoint and second for the log, over all for the summary, over the last second for
 * the live view. Plain computation, no thread and no file.
 *
 * A request belongs to the measured window by its intended time, and to a second of the log by the time it was done. Warm-up
 * is in the live view alone.
 */
export class Recording {
  private readonly startUs: number;
  private readonly endUs: number;
  private readonly emit: Emit;
  private readonly endpoints: readonly string[];
  /** The current second, and the one before it, which may still be being summed up and written. */
  private current: Bank;
  private closed: Bank;
  /** What is still to be done for the second before. */
  private left: Iterator<unknown> = [].values();
  private readonly total = newSeries();
  private readonly pacingLag = newHistogram();
  private readonly connectionWait = newHistogram();
  private second = 0;
  private due = 0;
  private readonly outcomes = [0, 0, 0, 0, 0, 0];
  /** Counters, not counts: one look-up a row. */
  private readonly byStatus = new Map<number, { count: number }>();
  private readonly byError = new Map<number, number>();
  private finishedInWindow = 0;
  private answeredInWindow = 0;
  private refused = 0;
  private readonly live = Array.from({ length: slices + 1 }, () => ({
    slice: -1,
    answered: 0,
    response: newHistogram(),
  }));
  private readonly lately = newHistogram();
  private liveErrors = 0;

  /**
   * @param endpoints names, by index.
   * @param emit takes each finished second's lines.
   */
  constructor(endpoints: readonly string[], startUs: number, endUs: number, emit: Emit) {
    this.endpoints = endpoints;
    this.startUs = startUs;
    this.endUs = endUs;
    this.emit = emit;
    this.current = newBank(endpoints.length);
    this.closed = newBank(endpoints.length);
  }

  /** @param row of a request that has ended. */
  add(row: Readonly<Row>): void {
    const { outcome, doneUs, intendedUs } = row;
    this.addLive(row);
    const finished = outcome !== Outcome.unsent && outcome !== Outcome.inFlight;
    if (finished && doneUs >= this.startUs && doneUs <= this.endUs) {
      this.finishedInWindow++;
      if (isAnswered(outcome)) this.answeredInWindow++;
    }
    if (!(intendedUs >= this.startUs && intendedUs < this.endUs)) return;
    this.closeSecondsBefore(doneUs);
    this.due++;
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    if (isAnswered(outcome)) this.countStatus(row.status);
    if (row.error > 0) this.byError.set(row.error - 1, (this.byError.get(row.error - 1) ?? 0) + 1);
    this.addLatencies(row, this.current.byEndpoint[row.endpoint]);
  }

  /** Ends seconds that are over; for when no row comes to tell the time. */
  tick(nowUs: number): void {
    this.closeSecondsBefore(Math.min(nowUs - lateUs, this.endUs));
  }

  /**
   * What the end of a second brings is done in steps, each of some 100 µs: all at once held up a generator that shares the core for
   * milliseconds. What is left when the next second ends is done then.
   * @returns false if there was nothing to do.
   */
  work(): boolean {
    return this.left.next().done !== true;
  }

  /** Over the last whole second in quarters; the current quarter is not over and left out. */
  liveFigures(nowUs: number): LiveFigures {
    const current = Math.floor(nowUs / sliceUs);
    const merged = this.lately;
    resetHistogram(merged);
    let answered = 0;
    for (const slice of this.live) {
      if (slice.slice < current - slices || slice.slice >= current) continue;
      answered += slice.answered;
      addHistogram(merged, slice.response);
    }
    const spanSeconds = (slices * sliceUs) / 1e6;
    return {
      ratePerSecond: answered / spanSeconds,
      p50Us: quantile(merged, 0.5),
      p99Us: quantile(merged, 0.99),
      errors: this.liveErrors,
    };
  }

  /** Writes the last second and sums up. */
  finish(): RecordingTotals {
    if (this.current.byEndpoint.some(({ sendLag }) => sendLag.total > 0)) this.closeSecond();
    this.workOff();
    return {
      due: this.due,
      outcomes: this.outcomes,
      byStatus: Object.fromEntries(
        [...this.byStatus].sort(([a], [b]) => a - b).map(([status, { count }]) => [status, count]),
      ),
      byError: [...this.byError],
      finishedInWindow: this.finishedInWindow,
      answeredInWindow: this.answeredInWindow,
      refused: this.refused,
      ...this.total,
      pacingLag: this.pacingLag,
      connectionWait: this.connectionWait,
    };
  }

  private countStatus(status: number): void {
    const counter = this.byStatus.get(status);
    if (counter) counter.count++;
    else this.byStatus.set(status, { count: 1 });
  }

  private addLatencies(row: Readonly<Row>, series: Series | undefined): void {
    const { outcome, intendedUs, dispatchedUs, sentUs, doneUs } = row;
    const sent = outcome !== Outcome.unsent;
    let good = series !== undefined;
    if (series) {
      if (hasLatency(outcome)) {
        good &&= record(series.response, doneUs - intendedUs);
        if (sent) good &&= record(series.service, doneUs - sentUs);
      }
      good &&= record(series.sendLag, (sent ? sentUs : doneUs) - intendedUs);
    }
    good &&= record(this.pacingLag, dispatchedUs - intendedUs);
    good &&= record(this.connectionWait, (sent ? sentUs : doneUs) - dispatchedUs);
    if (!good) this.refused++;
  }

  private addLive(row: Readonly<Row>): void {
    const { outcome } = row;
    if (outcome !== Outcome.ok && outcome < Outcome.unsent) this.liveErrors++;
    if (!hasLatency(outcome)) return;
    const number = Math.floor(row.doneUs / sliceUs);
    const slice = this.live[number % (slices + 1)];
    if (!slice) return;
    if (slice.slice !== number) {
      slice.slice = number;
      slice.answered = 0;
      resetHistogram(slice.response);
    }
    if (isAnswered(outcome)) slice.answered++;
    record(slice.response, row.doneUs - row.intendedUs);
  }

  private closeSecondsBefore(timeUs: number): void {
    while (timeUs >= this.startUs + (this.second + 1) * 1e6) this.closeSecond();
  }

  private closeSecond(): void {
    this.workOff();
    const closed = this.current;
    [this.current, this.closed] = [this.closed, closed];
    this.left = this.sumUp(closed, this.second++);
  }

  /** Endpoints without a request in this second get no line; the series over all endpoints always do. */
  private *sumUp({ byEndpoint, all }: Bank, startSeconds: number): Generator<undefined> {
    for (const name of seriesNames) {
      for (const [index, endpoint] of this.endpoints.entries()) {
        const histogram = byEndpoint[index]?.[name];
        if (!histogram || histogram.total === 0) continue;
        addHistogram(all[name], histogram);
        yield;
        yield* this.emit({ tag: `${name}/${endpoint}`, startSeconds, lengthSeconds: 1, histogram });
        yield;
        resetHistogram(histogram);
      }
      addHistogram(this.total[name], all[name]);
      yield;
      yield* this.emit({ tag: name, startSeconds, lengthSeconds: 1, histogram: all[name] });
      yield;
      resetHistogram(all[name]);
    }
  }

  private workOff(): void {
    while (this.work());
  }
}

/** The histograms of one second. */
interface Bank {
  readonly byEndpoint: readonly Series[];
  readonly all: Series;
}

function newBank(endpoints: number): Bank {
  return { byEndpoint: Array.from({ length: endpoints }, newSeries), all: newSeries() };
}

function newSeries(): Series {
  return { response: newHistogram(), service: newHistogram(), sendLag: newHistogram() };
}
