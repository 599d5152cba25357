/** How brushes over different charts make one choice together: time from one, response times from the other. */
import type { Brushed, LatencyBand, TimeRange } from '../src/trace/analysis.ts';
import type { ResponseHistogram } from '../src/trace/responseHistogram.ts';

/** The stretch of time chosen, or null where only a band is, or nothing. `whole` is what is looked at when nothing is. */
export function timeOf(brushed: Brushed | null, whole: TimeRange): TimeRange | null {
  if (!brushed) return null;
  const { startUs, endUs } = brushed;
  return brushed.response && startUs === whole.startUs && endUs === whole.endUs ? null : { startUs, endUs };
}

/** Another stretch of time; the band stays. */
export function withTime(brushed: Brushed | null, time: TimeRange | null, whole: TimeRange): Brushed | null {
  const response = brushed?.response;
  if (!response) return time;
  const { startUs, endUs } = time ?? whole;
  return { startUs, endUs, response };
}

/** Another band of response times; the stretch of time stays. */
export function withBand(brushed: Brushed | null, response: LatencyBand | null, whole: TimeRange): Brushed | null {
  if (!response) return timeOf(brushed, whole);
  const { startUs, endUs } = brushed ?? whole;
  return { startUs, endUs, response };
}

/** A band as places on the histogram's axis, whose unit is a bar. */
export function barsOf({ edgesUs }: ResponseHistogram, band: LatencyBand | undefined): TimeRange | null {
  if (!band) return null;
  const place = (us: number): number => {
    const at = edgesUs.findIndex((edge) => edge >= us);
    return at < 0 ? edgesUs.length - 1 : at;
  };
  return { startUs: place(band.fromUs), endUs: place(band.toUs) };
}

/** The reverse, for whole bars. */
export function bandOf({ edgesUs }: ResponseHistogram, bars: TimeRange | null): LatencyBand | null {
  if (!bars) return null;
  const { startUs: from, endUs: to } = wholeBars(bars);
  return { fromUs: edgesUs[from] ?? 0, toUs: edgesUs[to] ?? 0 };
}

/** Grown to whole bars. */
export function wholeBars({ startUs, endUs }: TimeRange): TimeRange {
  const from = Math.floor(startUs + 1e-6);
  return { startUs: from, endUs: Math.max(from + 1, Math.ceil(endUs - 1e-6)) };
}
