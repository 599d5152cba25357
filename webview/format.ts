/** How the page writes figures and places; durations, rates and shares are plan/units.ts's. */
import { formatShare } from '../src/plan/units.ts';
import { visible } from '../src/plan/visible.ts';

/** `p50`, `p99.9`, `max`. */
export function quantileName(quantile: number): string {
  if (quantile >= 1) return 'max';
  return `p${String(Number((quantile * 100).toFixed(6)))}`;
}

/** Last part of a path or URL; for a library's file with its package, as every package has an `index.js`. */
export function baseName(file: string): string {
  const path = file.replaceAll('\\', '/');
  const base = path.slice(path.lastIndexOf('/') + 1) || path;
  const library = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
  return visible(library === undefined ? base : `${library}/${base}`, 60);
}

/** `prices.js:41`; the file alone where the line is unknown. */
export function place(file: string, line: number): string {
  return line > 0 ? `${baseName(file)}:${line}` : baseName(file);
}

/** Seconds since the start, `3.2 s`, `1:05`: for time axes; `stepS` decides the digits, `asMinutes` the way of writing. */
export function formatClock(seconds: number, stepS: number, asMinutes = Math.abs(seconds) >= 120): string {
  if (asMinutes) {
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
  }
  const decimals = stepS >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(stepS) - 1e-9));
  return `${seconds.toFixed(decimals)} s`;
}

/** `×1.25`, `×0.80`. */
export function formatRatio(ratio: number | null): string {
  return ratio === null || !Number.isFinite(ratio) ? '–' : `×${ratio.toFixed(2)}`;
}

/** A share for prose and bars: whole percents from 10 % on, one decimal below; more digits say nothing there. */
export function formatPercent(share: number | null): string {
  if (share === null || !Number.isFinite(share) || share <= 0 || share >= 0.995) return formatShare(share);
  if (share < 0.001) return '<0.1%';
  return share >= 0.0995 ? `${Math.round(share * 100)}%` : `${Number((share * 100).toFixed(1))}%`;
}

/** Something an editor can open, unlike the runtime's own `node:net`. */
export function isSource(file: string): boolean {
  return /^(file:|[a-z]:[\\/]|\/|\\\\)/i.test(file);
}
