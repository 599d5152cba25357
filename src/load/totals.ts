import { addHistogram, mean, newHistogram, summarize, type Histogram } from '../latency/histogram.ts';
import type { LatencySummary } from '../latency/summary.ts';

/** What a recorder knows when all is over, in a form that adds up. Requests intended inside the measured window, unless a name says otherwise. */
export interface RecordingTotals {
  readonly due: number;
  /** By Outcome. */
  readonly outcomes: readonly number[];
  readonly byStatus: Readonly<Record<string, number>>;
  /** By index into the session's error codes. */
  readonly byError: readonly (readonly [index: number, count: number])[];
  /** Ended, in whatever way, inside the window (wherever intended): what kept up with the offered rate. */
  readonly finishedInWindow: number;
  /** Answered inside the window (wherever intended): throughput. */
  readonly answeredInWindow: number;
  /** Times that were no numbers or ran backwards: a fault of the generator, never to be ignored. */
  readonly refused: number;
  readonly response: Histogram;
  readonly service: Histogram;
  readonly sendLag: Histogram;
  /** Dispatched − intended: how late the generator itself was. */
  readonly pacingLag: Histogram;
  /** Sent − dispatched: how long requests waited for a free connection. */
  readonly connectionWait: Histogram;
}

type HistogramName = 'response' | 'service' | 'sendLag' | 'pacingLag' | 'connectionWait';

/** The totals of a whole load; errors have their names by now. */
export type LoadTotals = Omit<RecordingTotals, 'byError' | HistogramName> & {
  readonly byError: Readonly<Record<string, number>>;
  readonly meanUs: number | null;
} & Readonly<Record<HistogramName, LatencySummary>>;

/** Adds up the totals of several processes. Exact: the histograms are added bucket by bucket. */
export function addTotals(
  parts: readonly { readonly totals: RecordingTotals; readonly errorCodes: readonly string[] }[],
): LoadTotals {
  const sum = (key: 'due' | 'finishedInWindow' | 'answeredInWindow' | 'refused'): number =>
    parts.reduce((total, { totals }) => total + totals[key], 0);
  const merged = (name: HistogramName): Histogram => {
    const target = newHistogram();
    for (const { totals } of parts) addHistogram(target, totals[name]);
    return target;
  };
  const response = merged('response');
  return {
    due: sum('due'),
    finishedInWindow: sum('finishedInWindow'),
    answeredInWindow: sum('answeredInWindow'),
    refused: sum('refused'),
    outcomes: [0, 1, 2, 3, 4, 5].map((outcome) =>
      parts.reduce((total, { totals }) => total + (totals.outcomes[outcome] ?? 0), 0),
    ),
    byStatus: addCounts(parts.map(({ totals }) => totals.byStatus)),
    byError: addCounts(
      parts.map(({ totals, errorCodes }) =>
        Object.fromEntries(totals.byError.map(([index, count]) => [errorCodes[index] ?? 'UNKNOWN', count])),
      ),
    ),
    response: summarize(response),
    meanUs: mean(response),
    service: summarize(merged('service')),
    sendLag: summarize(merged('sendLag')),
    pacingLag: summarize(merged('pacingLag')),
    connectionWait: summarize(merged('connectionWait')),
  };
}

/** Adds counts by name. */
export function addCounts(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const part of parts) for (const [name, count] of Object.entries(part)) total[name] = (total[name] ?? 0) + count;
  return total;
}
