import type { SlotMedians } from '../latency/steadyState.ts';
import type { HostHealth } from './health.ts';
import type { MeasuredWindow } from './result.ts';
import type { Sampling } from './rowStore.ts';
import type { RecordingTotals } from './totals.ts';

/** What a recorder leaves. */
export interface Recorded {
  readonly totals: RecordingTotals;
  /** null if every request is in the table. */
  readonly sampling: Sampling | null;
  /** Of response time; null if there are too few requests. */
  readonly medians: SlotMedians | null;
  readonly files: readonly string[];
}

/** Everything a session knows when it is over. Plain data: sessions of other processes tell it by message. */
export interface SessionFacts {
  readonly window: MeasuredWindow;
  readonly recorded: Recorded;
  readonly errorCodes: readonly string[];
  /** Errors of lanes opened ahead of need, by code. */
  readonly openErrors: Readonly<Record<string, number>>;
  /** What only this protocol counts. */
  readonly byProtocol: Readonly<Record<string, number>>;
  /** null if measuring never began. */
  readonly health: HostHealth | null;
  readonly spunUs: number;
  readonly dropped: number;
  /** Requests of the warm-up that were still queued when measuring began. */
  readonly abandoned: number;
  readonly cancelled: boolean;
}
