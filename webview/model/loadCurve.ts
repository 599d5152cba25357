/** What the chart of a search for the knee draws. Pure. */
import type { CapacityPage } from '../../src/report/resultPage.ts';

export type Level = CapacityPage['levels'][number];
export type LatencyName = keyof Level['latencyUs'];

export const latencyNames: readonly LatencyName[] = ['p50', 'p99', 'p99.9'];

/** A column a rate: the values of levels that can be trusted, and of those that can't. */
interface LatencyLine {
  readonly name: LatencyName;
  readonly trusted: readonly (number | null)[];
  readonly untrusted: readonly (number | null)[];
}

/** An objective about a quantile of latency: where its limit lies at each rate. */
export interface LimitLine {
  readonly expr: string;
  readonly us: readonly (number | null)[];
  readonly missed: boolean;
}

export interface LoadCurve {
  readonly rates: readonly number[];
  readonly latencies: readonly LatencyLine[];
  readonly limits: readonly LimitLine[];
  /** The greatest of the levels', µs; null where none measured one. */
  readonly floorUs: number | null;
}

export const verdictWords: Readonly<Record<Level['outcome'], string>> = {
  good: 'good',
  slo: 'objective missed',
  saturation: 'saturated',
  generator: 'not trusted',
};

/** A level whose figures are the generator's as much as the service's. */
export function isTrusted({ outcome }: Level): boolean {
  return outcome !== 'generator';
}

export function loadCurve(levels: readonly Level[]): LoadCurve {
  const latencies = latencyNames.map((name) => ({
    name,
    trusted: levels.map((level) => (isTrusted(level) ? drawable(level.latencyUs[name]) : null)),
    untrusted: levels.map((level) => (isTrusted(level) ? null : drawable(level.latencyUs[name]))),
  }));
  const floors = levels.map(({ floorUs }) => drawable(floorUs)).filter((us) => us !== null);
  return {
    rates: levels.map(({ ratePerSecond }) => ratePerSecond),
    latencies,
    limits: limitsOf(levels),
    floorUs: floors.length > 0 ? Math.max(...floors) : null,
  };
}

function limitsOf(levels: readonly Level[]): LimitLine[] {
  const exprs = new Set(
    levels.flatMap(({ objectives }) => objectives.filter(({ quantile }) => quantile !== null).map(({ expr }) => expr)),
  );
  return [...exprs].map((expr) => {
    const at = levels.map(({ objectives }) => objectives.find((objective) => objective.expr === expr));
    return {
      expr,
      us: at.map((objective) => drawable(objective?.boundUs ?? null)),
      missed: at.some((objective) => objective?.pass === false),
    };
  });
}

/** A logarithmic axis has no place for zero. */
function drawable(us: number | null): number | null {
  return us !== null && us > 0 ? us : null;
}

/** The least and the greatest latency that is drawn, limits among them; null without any. */
export function latencyExtent({ latencies, limits }: LoadCurve): readonly [number, number] | null {
  const all = [
    ...latencies.flatMap(({ trusted, untrusted }) => [...trusted, ...untrusted]),
    ...limits.flatMap(({ us }) => us),
  ];
  const known = all.filter((us) => us !== null);
  return known.length === 0 ? null : [Math.min(...known), Math.max(...known)];
}
