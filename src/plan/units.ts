/**
 * Durations, sizes and rates as the plan and the command line write them, and figures as every view shows them. Pure.
 * Durations are µs, sizes bytes, rates per second.
 */
import { SlowpathError } from '../errors.ts';
import { quoted } from './visible.ts';

const usPerUnit: Readonly<Record<string, number>> = { ns: 1e-3, us: 1, µs: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6 };
/** Below the 2^31 ms (24.8 days) above which Node's timers fire at once. */
const maxDurationUs = 7 * 24 * 3600e6;

const durationSpellings: readonly (readonly [RegExp, string])[] = [
  [/^(ns|nsecs?|nanos?|nanoseconds?)$/, 'ns'],
  [/^(us|µs|μs|usecs?|micros?|microseconds?)$/, 'us'],
  [/^(ms|msecs?|millis?|milliseconds?)$/, 'ms'],
  [/^(s|secs?|seconds?)$/, 's'],
  [/^(m|mins?|minutes?)$/, 'm'],
  [/^(h|hrs?|hours?)$/, 'h'],
];

const bytesPerUnit: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

const secondsPerUnit: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, min: 60, m: 60, h: 3600 };
const multiples: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6 };
const maxRatePerSecond = 10e6;

/**
 * `"250us"`, `"1.5ms"`, `"15s"`, `"1m30s"`, `"2h"`: µs, to the nanosecond. Units go from large to small, each once.
 * @throws SlowpathError PLAN_INVALID with what to write instead.
 */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d{1,15}(?:\.\d{1,9})?)(ns|us|µs|μs|ms|s|m|h)/gy)];
  const length = parts.reduce((sum, part) => sum + part[0].length, 0);
  if (parts.length === 0 || length !== text.length) throw notADuration(text);
  let sum = 0;
  let previousUnit = Infinity;
  for (const [, count = '', unit = ''] of parts) {
    const unitUs = usPerUnit[unit === 'μs' ? 'us' : unit] ?? NaN;
    if (!(unitUs < previousUnit)) throw notADuration(text);
    previousUnit = unitUs;
    sum += Number(count) * unitUs;
  }
  if (sum > maxDurationUs) throw invalid(`${quoted(text)} is longer than a week; write at most "168h"`);
  return Math.round(sum * 1e3) / 1e3;
}

function notADuration(text: string): SlowpathError {
  return invalid(
    `${quoted(text)} is not a duration; write ${durationGuess(text) ?? 'a number and a unit, as in "250us", "1.5ms", "15s" or "1m30s"'}`,
  );
}

/** `"15 sec"` → `"15s"`: what the text would be in our spelling, if that can be told. */
function durationGuess(text: string): string | null {
  const parts = /^\s*\d{1,15}(\.\d{1,9})?\s*\p{L}{1,12}(\s*\d{1,15}(\.\d{1,9})?\s*\p{L}{1,12}){0,3}\s*$/u.test(text)
    ? [...text.matchAll(/(\d+(?:\.\d+)?)\s*(\p{L}+)/gu)]
    : [];
  let guess = '';
  for (const [, count = '', word = ''] of parts) {
    const unit = durationSpellings.find(([spelling]) => spelling.test(word.toLowerCase()))?.[1];
    if (unit === undefined) return null;
    guess += count + unit;
  }
  if (/^\s*\d{1,15}(\.\d{1,9})?\s*$/.test(text)) return `the unit too, as in "${text.trim()}s" or "${text.trim()}ms"`;
  if (guess === '' || guess === text) return null;
  try {
    parseDuration(guess);
    return `"${guess}"`;
  } catch {
    return null;
  }
}

/**
 * `"64KB"` (1000s), `"1MiB"` (1024s), `"512B"`: whole bytes.
 * @throws SlowpathError PLAN_INVALID with what to write instead.
 */
export function parseSize(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?)([A-Za-z]{1,3})$/.exec(text) ?? [];
  const unitBytes = Object.hasOwn(bytesPerUnit, unit) ? bytesPerUnit[unit] : undefined;
  if (unitBytes === undefined) throw invalid(`${quoted(text)} is not a size; write ${sizeGuess(text)}`);
  const bytes = Math.round(Number(count) * unitBytes);
  if (!Number.isSafeInteger(bytes)) throw invalid(`${quoted(text)} is too large; write a size up to "1000GB"`);
  return bytes;
}

function sizeGuess(text: string): string {
  const [, count = '', prefix = '', binary = ''] =
    /^\s*(\d{1,15}(?:\.\d{1,9})?)\s*([kmg]?)(i?)b?(?:ytes?)?\s*$/i.exec(text) ?? [];
  if (count === '') return 'a number and a unit, as in "512B", "64KB" or "1MiB"';
  return `"${count}${prefix.toUpperCase()}${prefix === '' || binary === '' ? '' : 'i'}B"`;
}

/**
 * `500`, `"500/s"`, `"30k/min"`, `"1.5M/h"`: events per second, greater than 0.
 * @throws SlowpathError PLAN_INVALID with what to write instead.
 */
export function parseRate(value: number | string): number {
  const ratePerSecond = typeof value === 'number' ? value : rateOf(value);
  const shown = typeof value === 'number' ? String(value) : quoted(value);
  if (!(ratePerSecond > 0)) throw invalid(`a rate of ${shown} offers nothing; write more than 0, as in 500 or "500/s"`);
  if (ratePerSecond > maxRatePerSecond) throw invalid(`a rate of ${shown} is out of reach; write at most "10M/s"`);
  return ratePerSecond;
}

function rateOf(text: string): number {
  const [, count = '', multiple = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?)([kM]?)\/(ms|s|min|m|h)$/.exec(text) ?? [];
  if (count === '') throw invalid(`${quoted(text)} is not a rate; write ${rateGuess(text)}`);
  return (Number(count) * (multiples[multiple] ?? NaN)) / (secondsPerUnit[unit] ?? NaN);
}

function rateGuess(text: string): string {
  const [, count = '', multiple = '', word = 's'] =
    /^\s*(\d{1,15}(?:\.\d{1,9})?)\s*([km]?)\s*(?:(?:r|rps|qps|req|reqs|requests?)?\s*(?:\/|per)?\s*(s|secs?|seconds?|m|mins?|minutes?|h|hours?)?)\s*$/i.exec(
      text,
    ) ?? [];
  if (count === '') return 'a number a second, as in 500 or "500/s", "30k/min"';
  return `"${count}${multiple.toLowerCase() === 'm' ? 'M' : multiple.toLowerCase()}/${{ s: 's', m: 'min', h: 'h' }[word.slice(0, 1).toLowerCase()] ?? 's'}"`;
}

function invalid(message: string): SlowpathError {
  return new SlowpathError('PLAN_INVALID', message);
}

/** Shown where there is no figure. */
const none = '–';

/** `840 µs`, `1.23 ms`, `2.4 s`, `2 min 5 s`: three significant digits; `–` for null and what isn't finite. */
export function formatUs(us: number | null): string {
  if (us === null || !Number.isFinite(us)) return none;
  if (us < 0) return `-${formatUs(-us)}`;
  if (us < 999.5) return `${digits(us)} µs`;
  if (us < 999.5e3) return `${digits(us / 1e3)} ms`;
  if (us < 119.5e6) return `${digits(us / 1e6)} s`;
  const seconds = Math.round(us / 1e6);
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

/** `498/s`, `12.3k/s`, `1.2M/s`. */
export function formatRate(ratePerSecond: number | null): string {
  return ratePerSecond === null || !Number.isFinite(ratePerSecond)
    ? none
    : `${scaled(ratePerSecond, ['', 'k', 'M', 'G'])}/s`;
}

/** `512 B`, `64 KB`, `1.05 MB`: 1000s, as the plan's sizes. */
export function formatBytes(bytes: number | null): string {
  return bytes === null || !Number.isFinite(bytes) ? none : scaled(bytes, [' B', ' KB', ' MB', ' GB', ' TB']);
}

/** `12,345`; `–` for what isn't finite. Not by Intl: its first use reads its tables, which takes some 30 ms of whoever asks. */
export function formatCount(count: number): string {
  return Number.isFinite(count) ? count.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ',') : '–';
}

/** `0%`, `<0.01%`, `2.13%`, `100%`, from a share of 0…1. Less than everything is never rounded up to 100%. */
export function formatShare(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return none;
  if (share < 0) return `-${formatShare(-share)}`;
  if (share === 0) return '0%';
  if (share < 1e-4) return '<0.01%';
  if (share < 1 && share >= 0.9995) return share < 0.9999 ? `${String(Math.floor(share * 1e4) / 100)}%` : '>99.99%';
  return `${digits(share * 100)}%`;
}

function scaled(value: number, suffixes: readonly string[]): string {
  if (value < 0) return `-${scaled(-value, suffixes)}`;
  let step = 0;
  let rest = value;
  while (rest >= 999.5 && step < suffixes.length - 1) {
    rest /= 1000;
    step++;
  }
  return `${digits(rest)}${suffixes[step] ?? ''}`;
}

/** Three significant digits without trailing zeros and never in exponent form. */
function digits(value: number): string {
  if (value >= 99.95) return String(Math.round(value));
  return value < 5e-4 ? '0' : String(Number(value.toPrecision(3)));
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
