import { formatBytes, formatCount, formatUs } from '../plan/units.ts';
import type { ProfileUnit } from './tables.ts';

/** A weight in words, by the profile's unit: `1.23 ms`, `64 KB`, `12,345`; `–` for null and what isn't finite. */
export function formatAmount(amount: number | null, unit: ProfileUnit): string {
  if (unit === 'us') return formatUs(amount);
  if (unit === 'bytes') return formatBytes(amount);
  return amount === null ? '–' : formatCount(amount);
}
