/** What the page draws of quantiles side by side: of an examined machine, of the shapes of a load. Pure. */
import { formatRate } from '../../src/plan/units.ts';
import type { DoctorPage, MatrixPage } from '../../src/report/resultPage.ts';

type Figures = DoctorPage['figures'];

/** Quantiles of one thing that was measured, µs. */
export interface Strip {
  readonly label: string;
  /** What it is, in a few words. */
  readonly what: string;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly 'p99.9': number | null;
  readonly max: number | null;
}

export interface StripAxis {
  readonly low: number;
  readonly high: number;
  /** Powers of ten inside. */
  readonly ticks: readonly number[];
}

/** Pacers are late by less than a microsecond; what lies below this is drawn at the left end. */
const leastUs = 1;
/** Where an axis with nothing on it begins. */
const emptyUs = 10;

export function stripsOf({ tcp, udp, timerLag, pacerLag }: Figures): readonly Strip[] {
  return [
    { label: 'TCP round trip', what: 'through loopback, to an echo', ...tcp },
    { label: 'UDP round trip', what: 'the same with datagrams', ...udp },
    { label: 'timer lag', what: 'how late a timer of Node fires', ...timerLag },
    { label: 'pacer lag', what: 'how late a request would leave', ...pacerLag },
  ];
}

/** Of each shape whose figures can be shown. */
export function cellStrips(cells: MatrixPage['cells']): readonly Strip[] {
  return cells.flatMap(({ name, ratePerSecond, latencyUs }) =>
    latencyUs === null ? [] : [{ label: name, what: formatRate(ratePerSecond?.achieved ?? null), ...latencyUs }],
  );
}

/** From the decade of the least to the decade of the greatest value, what is marked across them among it. */
export function stripAxis(strips: readonly Strip[], marks: readonly (number | null)[]): StripAxis {
  const known = [...strips.flatMap(({ p50, max }) => [p50, max]), ...marks].filter((us) => us !== null && us > 0);
  const drawn = known.length > 0 ? known.map((us) => Math.max(leastUs, Number(us))) : [emptyUs];
  const from = Math.floor(Math.log10(Math.min(...drawn)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...drawn))));
  return {
    low: 10 ** from,
    high: 10 ** to,
    ticks: Array.from({ length: to - from + 1 }, (_, step) => 10 ** (from + step)),
  };
}

/** 0 at the left end, 1 at the right. */
export function placeOn({ low, high }: StripAxis, us: number): number {
  return Math.min(1, Math.max(0, Math.log(Math.max(us, low) / low) / Math.log(high / low)));
}
