import { PerformanceObserver, type PerformanceObserverEntryList } from 'node:perf_hooks';
import { entryTimeUs } from './clock.ts';
import { harmless } from './harmless.ts';
import type { RowBuffer } from './rows.ts';

/** GC pauses of this thread into rows of (startUs, durationUs, kind); returns how to stop. */
export function watchGc(rows: RowBuffer): () => void {
  const observer = new PerformanceObserver(
    harmless((list: PerformanceObserverEntryList) => {
      for (const entry of list.getEntries())
        rows.push(entryTimeUs(entry.startTime), entry.duration * 1000, gcKind(entry));
    }),
  );
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

function gcKind(entry: object): number {
  const detail: unknown = Reflect.get(entry, 'detail');
  if (typeof detail === 'object' && detail !== null && 'kind' in detail && typeof detail.kind === 'number')
    return detail.kind;
  return 0;
}
