import type { DiffPer } from '../trace/compareRuns.ts';
import type { ProfileUnit } from '../profile/tables.ts';
import type { DiffResult } from './diff.ts';

/** What `slowpath diff --json` prints: one object, its names kept from release to release. */
export interface DiffJson {
  readonly a: string;
  readonly b: string;
  readonly unit: ProfileUnit;
  readonly per: DiffPer;
  readonly trusted: boolean;
  readonly objections: readonly string[];
  readonly caveat: string | null;
  readonly latencyUs: readonly {
    readonly endpoint: string | null;
    readonly quantile: number;
    readonly a: number | null;
    readonly b: number | null;
    readonly ratio: number | null;
    readonly earned: boolean;
  }[];
  readonly total: { readonly a: number; readonly b: number };
  readonly functions: readonly {
    readonly function: string;
    readonly file: string;
    readonly line: number;
    readonly presence: 'both' | 'new' | 'gone';
    readonly self: {
      readonly a: number;
      readonly b: number;
      readonly change: number;
      readonly changePct: number | null;
    };
    readonly total: {
      readonly a: number;
      readonly b: number;
      readonly change: number;
      readonly changePct: number | null;
    };
    readonly beyondNoise: boolean;
  }[];
}

/** An invalid measurement has no response times (architecture, law 7): the list is empty then. */
export function diffJson(a: string, b: string, diff: DiffResult): DiffJson {
  const { latency, trusted } = diff;
  return {
    a,
    b,
    unit: diff.unit,
    per: diff.per,
    trusted,
    objections: diff.objections,
    caveat: latency?.caveat ?? null,
    latencyUs: (trusted && latency ? latency.groups : []).flatMap(({ endpoint, quantiles }) =>
      quantiles.map(({ quantile, before, after, ratio, earned }) => ({
        endpoint,
        quantile,
        a: finite(before.value),
        b: finite(after.value),
        ratio: finite(ratio),
        earned,
      })),
    ),
    total: { a: hundredths(diff.sumA), b: hundredths(diff.sumB) },
    functions: diff.functions.map((row) => ({
      function: row.function,
      file: row.file,
      line: row.line,
      presence: row.presence,
      self: change(row.selfA, row.selfB),
      total: change(row.totalA, row.totalB),
      beyondNoise: row.beyondNoise,
    })),
  };
}

function change(a: number, b: number) {
  return {
    a: hundredths(a),
    b: hundredths(b),
    change: hundredths(b - a),
    changePct: a > 0 ? hundredths(((b - a) / a) * 100) : null,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? hundredths(value) : null;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
