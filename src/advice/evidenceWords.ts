/** A finding's measured figures as people read them: the unit stands in the name and decides the writing. */
import { formatBytes, formatCount, formatRate, formatShare, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';

/** `stallMaxUs` → `stall max`: the unit is in the figure. */
export function evidenceName(name: string): string {
  const words = name.replace(/(Us|Bytes|Share|PerSecond)$/, (unit) =>
    unit === 'Share' ? ' share' : unit === 'PerSecond' ? ' rate' : '',
  );
  return visible(words.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase(), 60);
}

/** The unit stands in the name. */
export function evidenceFigure(name: string, value: number | string | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return visible(value, 200);
  if (name.endsWith('Us')) return formatUs(value);
  if (/share$/i.test(name)) return formatShare(value);
  if (/Bytes$/i.test(name)) return formatBytes(value);
  if (name.endsWith('PerSecond')) return formatRate(value);
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(3)));
}
