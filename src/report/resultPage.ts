/** What the report page is given of a result that is not one run: plain data, small enough to travel as it is. Types only. */
import type { Level } from '../capacity/level.ts';
import type { Knee } from '../capacity/search.ts';
import type { Noise } from '../latency/noise.ts';
import type { MachineFigures } from '../load/doctor/figures.ts';
import type { DriftVerdict } from '../latency/drift.ts';
import type { Cell, Soak } from '../matrix/model.ts';
import type { ChainPart } from '../trace/chain.ts';
import type { HostFacts } from '../run/model.ts';
import type { DoctorLine } from './doctorLine.ts';

export type ResultPage = CapacityPage | DoctorPage | MatrixPage;

interface AnyPage {
  /** Untrusted text. */
  readonly title: string;
  /** ISO 8601 wall-clock time. */
  readonly startedAt: string;
  /** null where it was not kept. */
  readonly host: HostFacts | null;
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

/** One scenario in several shapes of load. */
export interface MatrixPage extends AnyPage {
  readonly kind: 'matrix';
  readonly state: CapacityPage['state'];
  readonly error: string | null;
  /** How far it came, in words. */
  readonly sentence: string;
  readonly notes: readonly string[];
  /** What an empty server took just before the runs, the greatest of them. */
  readonly floorUs: number | null;
  /** In the order they were measured. */
  readonly cells: readonly MatrixCell[];
}

export interface MatrixCell extends Pick<
  Cell,
  'durationUs' | 'run' | 'outcome' | 'reasons' | 'ratePerSecond' | 'requests' | 'latencyUs' | 'errors' | 'chainMissing'
> {
  readonly name: string;
  readonly chain: {
    readonly sentence: string;
    readonly parts: readonly (ChainPart & { readonly name: string })[];
  } | null;
  readonly soak:
    | (Pick<Soak, 'startSeconds' | 'p50Us' | 'p99Us' | 'memory'> & {
        readonly drifts: readonly {
          readonly name: string;
          readonly verdict: DriftVerdict;
          readonly figures: string;
          readonly why: string;
        }[];
      })
    | null;
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
