import { isFew, minSamplesAbove } from '../latency/quantiles.ts';
import type { LatencySummary } from '../latency/summary.ts';
import type { Cell, Drift, Matrix } from '../matrix/model.ts';
import type { PlannedCell } from '../plan/matrix.ts';
import { formatBytes, formatShare, formatUs } from '../plan/units.ts';
import type { Chain, ChainPart } from '../trace/chain.ts';

/** What kind of load a cell has: `one client`, `64 clients`, `as planned`. */
export function loadName({ clients }: PlannedCell): string {
  if (clients === null) return 'as planned';
  return clients === 1 ? 'one client' : `${clients} clients`;
}

/** A cell in a few words, where it stands alone. */
export function cellName(cell: PlannedCell): string {
  return `${cell.shape}, ${loadName(cell)}`;
}

/** What it comes to, or how far it came. */
export function stateSentence({ state, planned, cells, error }: Matrix): string {
  const count = `${cells.length} of ${measurements(planned.length)}`;
  if (state === 'cancelled') return `Cancelled after ${count}.`;
  if (state === 'failed') return `Failed after ${count}: ${error?.message ?? ''}`;
  if (state === 'running') return `${count} so far; the others go on, or were cut short.`;
  const bad = (['failed', 'slo', 'invalid'] as const)
    .map((outcome) => ({ outcome, times: cells.filter((cell) => cell.outcome === outcome).length }))
    .filter(({ times }) => times > 0);
  const [first, ...rest] = bad.map(({ outcome, times }) => ({ times, words: badWords[outcome] }));
  if (!first)
    return cells.length === 1 ? 'The one measurement is good.' : `All ${measurements(cells.length)} are good.`;
  const others = rest.map(({ times, words }) => `, ${times} ${words}`).join('');
  return `${first.times} of ${measurements(cells.length)} ${first.words}${others}.`;
}

const badWords = {
  failed: 'lost a target',
  slo: 'missed an objective',
  invalid: "can't be trusted",
} as const;

function measurements(count: number): string {
  return `${count} ${count === 1 ? 'measurement' : 'measurements'}`;
}

/** What a soak shows to grow all the time; null if nothing does. */
export function growthSentence({ cells }: Matrix): string | null {
  const growing = cells
    .flatMap(({ soak }) => soak?.drifts ?? [])
    .filter(({ verdict, trend }) => verdict === 'drifts' && (trend?.slope ?? 0) > 0)
    .map(driftName);
  if (growing.length === 0) return null;
  return `In the soak ${growing.join(' and ')} ${growing.length === 1 ? 'grows' : 'grow'} all the time.`;
}

/** How much worse the planned load's tail is than one client's; null where one of them has no figure. */
export function loadSentence({ cells }: Matrix): string | null {
  const alone = cells.find(({ shape }) => shape === 'single')?.latencyUs?.p99 ?? null;
  const planned = cells.find(({ shape, clients }) => shape === 'many' && clients === null)?.latencyUs?.p99 ?? null;
  if (alone === null || planned === null || alone <= 0) return null;
  return `Under the planned load p99 is ${(planned / alone).toPrecision(2)} times that of one client alone.`;
}

export function partName({ kind, target }: ChainPart, first: string): string {
  if (kind === 'outside') return `to and from ${first}`;
  return kind === 'own' ? `${target ?? ''} itself` : `between ${target ?? ''} and what it calls`;
}

/** What the division is of. */
export function chainSentence({ requests, alone, wholeUs, hops: [first] }: Chain): string {
  const service = first?.target ?? 'the first service';
  if (wholeUs === null)
    return `None of ${requests} requests was alone in ${service}, so their time can't be divided; lower the rate.`;
  const of =
    alone === requests ? `${requests} requests` : `the ${alone} of ${requests} requests that were alone in ${service}`;
  return `Where the ${formatUs(wholeUs.mean)} go: mean of ${of}.`;
}

/** What the table of the services leaves open: of what the calls are, and why a quantile is grey, or missing in an old record. */
export function hopsSentence({ hops }: Chain): string {
  const isStarred = hops.some(({ servedUs: { count, p50, p99 } }) => isFew(p50, count, 0.5) || isFew(p99, count, 0.99));
  const isMissing = hops.some(({ servedUs }) => servedUs.p50 === null || servedUs.p99 === null);
  const mark = isStarred ? '*' : '–';
  const few = isStarred || isMissing ? `; ${mark} where fewer than ${minSamplesAbove} of them took longer` : '';
  return `Calls for each request that ${hops[0]?.target ?? 'the first service'} served, and their time in the service${few}.`;
}

export const overviewQuantiles: readonly (readonly [keyof LatencySummary, number])[] = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p99.9', 0.999],
];

/** Whether some quantile in the overview is not earned. */
export function hasFew(cells: readonly Cell[]): boolean {
  return cells.some(({ latencyUs, requests }) =>
    overviewQuantiles.some(([name, quantile]) => isFew(latencyUs?.[name] ?? null, requests, quantile)),
  );
}

export function driftName({ of, target }: Drift): string {
  return of === 'rss' ? `memory of ${target ?? ''}` : of;
}

/** `+50 KB/min (+49 KB to +51 KB), +30% in all`; empty without a slope. */
export function driftFigures({ of, trend, change }: Drift): string {
  if (trend === null || change === null) return '';
  const perMinute = (slope: number): string => {
    const value = Math.abs(slope * 60);
    return `${signOf(slope)}${of === 'rss' ? formatBytes(value) : formatUs(value)}`;
  };
  const { slope, low, high } = trend;
  const interval = low === null || high === null ? '' : ` (${perMinute(low)} to ${perMinute(high)})`;
  return `${perMinute(slope)}/min${interval}, ${signOf(change.share)}${formatShare(Math.abs(change.share))} in all`;
}

function signOf(value: number): string {
  return value < 0 ? '−' : '+';
}
