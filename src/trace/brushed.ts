import type { Brushed } from './analysis.ts';

/** A brushed part of a run from outside (a page, a saved state), as far as it makes sense: null where it does not. */
export function brushedOf(value: unknown): Brushed | null {
  if (typeof value !== 'object' || value === null) return null;
  const { startUs, endUs, response } = value as Record<string, unknown>;
  if (!isSpan(startUs, endUs)) return null;
  const range = { startUs: Number(startUs), endUs: Number(endUs) };
  if (response === undefined) return range;
  if (typeof response !== 'object' || response === null) return null;
  const { fromUs, toUs } = response as Record<string, unknown>;
  return isSpan(fromUs, toUs) ? { ...range, response: { fromUs: Number(fromUs), toUs: Number(toUs) } } : null;
}

function isSpan(from: unknown, to: unknown): boolean {
  return (
    typeof from === 'number' && typeof to === 'number' && Number.isFinite(from) && Number.isFinite(to) && to > from
  );
}
