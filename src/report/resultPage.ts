/** What the report page is given of a result that is not one run: plain data, small enough to travel as it is. Types only. */
import type { Level } from '../capacity/level.ts';
import type { Knee } from '../capacity/search.ts';
import type { Noise } from '../latency/noise.ts';
import type { MachineFigures } from '../load/doctor/figures.ts';
import type { HostFacts } from '../run/model.ts';
import type { DoctorLine } from './doctorLine.ts';

export type ResultPage = CapacityPage | DoctorPage;

interface AnyPage {
  /** Untrusted text. */
  readonly title: string;
  /** ISO 8601 wall-clock time. */
  readonly startedAt: string;
  readonly host: HostFacts;
}

/** The load curve of one search for the knee. */
export interface CapacityPage extends AnyPage {
  readonly kind: 'capacity';
  readonly state: 'complete' | 'cancelled' | 'failed' | 'unfinished';
  /** Why it failed. */
  readonly error: string | null;
  readonly knee: Knee | null;
  /** The knee in words. */
  readonly sentence: string;
  /** What was short, and what had to be measured twice. */
  readonly notes: readonly string[];
  /** Of each rate the measurement that counts, from the lowest rate. */
  readonly levels: readonly Level[];
}

/** What one machine can and cannot resolve. */
export interface DoctorPage extends AnyPage {
  readonly kind: 'doctor';
  readonly valid: boolean;
  readonly verdict: string;
  /** The smallest p99, µs, that stands clear of the machine itself. */
  readonly p99BudgetUs: number | null;
  readonly lines: readonly DoctorLine[];
  readonly figures: MachineFigures;
  readonly noise: { readonly p50: Noise; readonly p99: Noise };
}
