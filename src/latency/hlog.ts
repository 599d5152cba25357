import { SlowpathError } from '../errors.ts';
import { decodeHistogram, encodeHistogram, encodeHistogramInSteps, type Deflate } from './hdrEncoding.ts';
import { type Histogram } from './histogram.ts';

/**
 * HdrHistogram interval logs, format 1.3: `[Tag=x,]start,length,max,base64`, start and length in seconds, the largest value
 * scaled by convention to milliseconds. Ours hold nanoseconds (divisor 1,000,000, as jHiccup writes them); a foreign log's
 * unit is told by that divisor: largest value in the histogram ÷ largest value in the line.
 */
export interface HlogFile {
  /** Seconds since the epoch that line starts are relative to; null if the file does not say. */
  readonly startTimeSeconds: number | null;
  /** Distinct tags in order of appearance; '' stands for lines without one. */
  readonly tags: readonly string[];
  readonly lines: readonly HlogLine[];
}

export interface HlogLine {
  /** '' without a tag; ours are `series/endpoint`, e.g. `response/create`. */
  readonly tag: string;
  readonly startSeconds: number;
  readonly lengthSeconds: number;
  /**
   * What `parseHlog` returns decodes it anew each time it is asked for: an hour of seconds by series would fill gigabytes.
   * Ask once and keep it while it is needed. It was checked when the line was parsed, so asking never throws.
   */
  readonly histogram: Histogram;
  /** The line's own largest value, which the histogram's buckets round; without it, the histogram's. */
  readonly maxUs?: number;
}

export interface HlogHeader {
  /** Wall clock, milliseconds since the epoch, of time 0. */
  readonly startTimeMs: number;
  /** Further comment lines, without `#`. */
  readonly comments: readonly string[];
}

const longestLine = 16 * 1024 * 1024;
const mostLines = 2_000_000;
/** ns in our own; µs and ms in foreign logs; ratio of the histogram's to the line's maximum → µs in a unit. */
const unitsByDivisor: readonly (readonly [divisor: number, unitUs: number])[] = [
  [1e6, 0.001],
  [1e3, 1],
  [1, 1000],
];

export function encodeHlogHeader(header: HlogHeader): string {
  const start = new Date(header.startTimeMs);
  return [
    '#[Histogram log format version 1.3]',
    `#[StartTime: ${(header.startTimeMs / 1000).toFixed(3)} (seconds since epoch), ${start.toUTCString()}]`,
    '#[MaxValueDivisor: 1000000.0]',
    ...header.comments.map((comment) => `#${comment}`),
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    '',
  ].join('\n');
}

/** A tag as it stands in the file. */
export function hlogTag(tag: string): string {
  return tag.replace(/[,\p{Cc}\s]/gu, '_');
}

/** One line with its newline. Commas, line ends and control characters in the tag become `_`: the format has no escape. */
export function encodeHlogLine(line: HlogLine, deflate?: Deflate): string {
  return lineWith(line, encodeHistogram(line.histogram, deflate));
}

/** The same in steps, for a thread that must not be away for long. */
export function* encodeHlogLineInSteps(line: HlogLine, deflate: Deflate): Generator<undefined, string> {
  return lineWith(line, yield* encodeHistogramInSteps(line.histogram, deflate));
}

function lineWith(line: HlogLine, histogram: string): string {
  const tag = line.tag === '' ? '' : `Tag=${hlogTag(line.tag)},`;
  const maxMs = (line.maxUs ?? Math.max(line.histogram.max, 0) * line.histogram.layout.unitUs) / 1000;
  const figures = [line.startSeconds, line.lengthSeconds, maxMs].map((figure) => figure.toFixed(3));
  return `${tag}${figures.join(',')},${histogram}\n`;
}

/**
 * Reads a whole log. A last line without its newline that cannot be read is taken for the mark of a crash and left out.
 * @throws SlowpathError FORMAT_MALFORMED naming the line, FORMAT_TOO_LARGE.
 */
export function parseHlog(text: string): HlogFile {
  const lines: HlogLine[] = [];
  const tags = new Set<string>();
  let startTimeSeconds: number | null = null;
  let declaredUnitUs: number | null = null;
  let number = 0;
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    if (++number > mostLines || end - at > longestLine) {
      throw new SlowpathError(
        'FORMAT_TOO_LARGE',
        `Interval log line ${number}: longer than any real log; is this an .hlog file?`,
      );
    }
    const raw = text.slice(at, end).replace(/\r$/, '');
    at = end + 1;
    if (raw === '' || raw.startsWith('"StartTimestamp"')) continue;
    if (raw.startsWith('#')) {
      startTimeSeconds = figureIn(raw, /^#\[StartTime: ([\d.]+)/) ?? startTimeSeconds;
      const divisor = figureIn(raw, /^#\[MaxValueDivisor: ([\d.]+)/);
      if (divisor !== null) declaredUnitUs = unitOf(divisor);
      continue;
    }
    try {
      const line = parseLine(raw, declaredUnitUs);
      lines.push(line);
      tags.add(line.tag);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      if (newline < 0 && lines.length > 0) break;
      throw new SlowpathError('FORMAT_MALFORMED', `Interval log line ${number}: ${cause.message}.`, { cause });
    }
  }
  if (lines.length === 0 && number > 0 && !text.includes('#[Histogram log format')) {
    throw new SlowpathError(
      'FORMAT_MALFORMED',
      'Interval log line 1: no histogram in the whole file; is this an .hlog file?',
    );
  }
  return { startTimeSeconds, tags: [...tags], lines };
}

function parseLine(raw: string, declaredUnitUs: number | null): HlogLine {
  const tagged = raw.startsWith('Tag=');
  const comma = tagged ? raw.indexOf(',') : -1;
  const [start = '', length = '', max = '', base64 = '', ...more] = raw.slice(comma + 1).split(',', 5);
  if (base64 === '' || more.length > 0) throw new RangeError('not "[Tag=…,]start,length,max,histogram"');
  const startSeconds = figure(start, 'start');
  const lengthSeconds = figure(length, 'length');
  const lineMax = figure(max, 'maximum');
  // Decoded in units of 1 first: only the histogram's own maximum tells a foreign log's unit.
  const decoded = decodeHistogram(base64, 1);
  const unitUs = declaredUnitUs ?? (lineMax > 0 && decoded.max > 0 ? unitOf(decoded.max / lineMax) : 1);
  return {
    tag: tagged ? raw.slice(4, comma) : '',
    startSeconds,
    lengthSeconds,
    maxUs: lineMax * 1000,
    get histogram() {
      return decodeHistogram(base64, unitUs);
    },
  };
}

function unitOf(divisor: number): number {
  // The line's maximum is rounded and the histogram's is a bucket's middle: nearest on a log scale.
  const distance = (known: number): number => Math.abs(Math.log(divisor / known));
  const best = unitsByDivisor.reduce((a, b) => (distance(b[0]) < distance(a[0]) ? b : a));
  return best[1];
}

function figure(text: string, name: string): number {
  const value = Number(text.trim());
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new RangeError(`${name} is not a number`);
  return value;
}

function figureIn(line: string, pattern: RegExp): number | null {
  const value = Number(pattern.exec(line)?.[1] ?? NaN);
  return Number.isFinite(value) ? value : null;
}
