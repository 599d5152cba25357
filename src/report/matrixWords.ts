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

/** How far it came. */
export function stateSentence({ state, planned, cells, error }: Matrix): string {
  const count = `${cells.length} of ${planned.length} ${planned.length === 1 ? 'cell' : 'cells'}`;
  if (state === 'cancelled') return `Cancelled: ${count} measured.`;
  if (state === 'failed') return `Failed with ${count} measured: ${error?.message ?? ''}`;
  if (state === 'running') return `${count} measured; the measurement goes on, or was cut short.`;
  const bad = cells.filter(({ outcome }) => outcome !== 'good').length;
  if (bad > 0)
    return `${bad} of ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'} ${bad === 1 ? 'is' : 'are'} not good.`;
  return cells.length === 1 ? 'The one cell is good.' : `All ${cells.length} cells are good.`;
}

/** How much worse the planned load's tail is than one client's; null where one of them has no figure. */
export function loadSentence({ cells }: Matrix): string | null {
  const alone = cells.find(({ shape }) => shape === 'single')?.latencyUs?.p99 ?? null;
  const planned = cells.find(({ shape, clients }) => shape === 'many' && clients === null)?.latencyUs?.p99 ?? null;
  if (alone === null || planned === null || alone <= 0) return null;
  return `Under the planned load p99 is ${(planned / alone).toPrecision(2)} times that of one client alone.`;
}

export function partName({ kind, target }: ChainPart, first: string): string {
  if (kind === 'outside') return `outside ${first}`;
  return kind === 'own' ? `${target ?? ''} itself` : `calls of ${target ?? ''}, between services`;
}

/** What the division is of. */
export function chainSentence(cell: Cell, { requests, alone, wholeUs }: Chain): string {
  const at = cellName(cell);
  if (wholeUs === null) {
    return `The chain (${at}): none of ${requests} requests was alone in the first service, so their time can't be divided; lower the rate.`;
  }
  const of = alone === requests ? `of ${requests} requests` : `of the ${alone} of ${requests} requests that were alone`;
  return `The chain (${at}): where the ${formatUs(wholeUs.mean)} go, mean ${of}.`;
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
