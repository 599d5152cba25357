/** How long each measurement of the machine lasts, ms, and how many A/A pairs are taken. */
export interface DoctorTimes {
  readonly pingPongMs: number;
  readonly latenessMs: number;
  readonly spinMs: number;
  /** Of each of the two loads of a pair. */
  readonly trialMs: number;
  readonly pairs: number;
}

export const doctorTimes: DoctorTimes = { pingPongMs: 1000, latenessMs: 1000, spinMs: 1000, trialMs: 500, pairs: 8 };

/** Quantiles in µs, null where nothing was measured, and of how many. */
export interface Quantiles {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly 'p99.9': number | null;
  readonly max: number | null;
}

export interface PingPong extends Quantiles {
  /** Not answered in time, refused or changed on the way. */
  readonly lost: number;
}

/** A reading of the clock takes well under a microsecond: who was away longer than this was not on the CPU. */
export const shortestGapUs = 50;

/** How long a thread that wants to run was kept from running. */
export interface SpinGaps {
  /** What was watched, µs. */
  readonly windowUs: number;
  /** Of gaps longer than `shortestGapUs`. */
  readonly count: number;
  readonly totalUs: number;
  readonly longestUs: number;
}

/** Response times of one short load, µs. */
export interface Trial {
  readonly p50: number | null;
  readonly p99: number | null;
}

/** What the machine's own process of measurement found. Plain data: it crosses a process boundary. */
export interface MachineFigures {
  readonly tcp: PingPong;
  readonly udp: PingPong;
  /** Of `setTimeout(…, 1)`. */
  readonly timerLag: Quantiles;
  /** Of the load's own pacer. */
  readonly pacerLag: Quantiles;
  readonly gaps: SpinGaps;
  /** Interleaved loads of one and the same null server. */
  readonly pairs: readonly { readonly before: Trial; readonly after: Trial }[];
  /** Of the time in which all this was measured; null where the system does not tell. */
  readonly throttledPeriods: number | null;
  readonly stealShare: number | null;
}

export type DoctorStep = 'tcp' | 'udp' | 'lateness' | 'gaps' | 'pairs';

export type MessageFromDoctor =
  | { readonly type: 'step'; readonly step: DoctorStep }
  | { readonly type: 'result'; readonly figures: MachineFigures }
  | { readonly type: 'failed'; readonly message: string };
