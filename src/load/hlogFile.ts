import { encodeHlogHeader } from '../latency/hlog.ts';
import { nowUs } from './clock.ts';

export const hlogFileName = 'latency.hlog';

/** The lines before the first interval. @param startUs of the measured window. */
export function hlogHead(startUs: number): string {
  return encodeHlogHeader({
    startTimeMs: Date.now() + (startUs - nowUs()) / 1000,
    comments: [
      '[Slowpath: values are nanoseconds, Interval_Max is in milliseconds]',
      `[Slowpath: time 0 is ${startUs.toFixed(3)} µs on this host's monotonic clock; warm-up is not included]`,
      '[Slowpath: tags are series/endpoint; a series alone is all endpoints together]',
    ],
  });
}
