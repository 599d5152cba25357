/**
 * Service level objectives: `p99 < 2ms`, `p99.9 < 2 * p50`, `errors < 0.1%`, `rate > 990/s`, `max < 50ms`, `mean <= 1ms`.
 *
 *     slo     = metric ("<" | "<=" | ">" | ">=") bound
 *     metric  = "p" number | "max" | "mean" | "errors" | "rate"
 *     bound   = duration | number "%" | rate | [number "*"] metric          (the last for latencies only)
 */
import { messageOf, SlowpathError } from '../errors.ts';
import type { Slo, SloBound, SloMetric } from './scenario.ts';
import { parseDuration, parseRate } from './units.ts';
import { quoted } from './visible.ts';

const examples = '"p99 < 2ms", "p99.9 < 2 * p50", "errors < 0.1%" or "rate > 990/s"';
const metricNames = '"p99" (any quantile), "max", "mean", "errors" or "rate"';
const maxLength = 200;

/** Where in the text it went wrong (1-based column) and what to write instead. */
export interface SloFault {
  readonly column: number;
  readonly message: string;
}

/**
 * The objective that the text states.
 * @throws SlowpathError PLAN_INVALID whose message names the column and what to write instead.
 */
export function parseSlo(text: string): Slo {
  const result = readSlo(text);
  if ('fault' in result) {
    throw new SlowpathError('PLAN_INVALID', `column ${result.fault.column}: ${result.fault.message}`);
  }
  return result.slo;
}

/** As parseSlo, with the fault as a value, for callers that know where the text stands in a file. */
export function readSlo(text: string): { readonly slo: Slo } | { readonly fault: SloFault } {
  if (text.length > maxLength)
    return fault(1, `an objective of ${text.length} characters is too long; write one such as ${examples}`);
  const parts = /^(\s*)([^<>=!\s]*)(\s*)([<>=!]*)(\s*)(.*?)\s*$/su.exec(text);
  const [, lead = '', metricText = '', gap = '', comparison = '', space = '', boundText = ''] = parts ?? [];
  const metricColumn = lead.length + 1;
  const comparisonColumn = metricColumn + metricText.length + gap.length;
  const boundColumn = comparisonColumn + comparison.length + space.length;
  if (metricText === '') return fault(metricColumn, `there is no metric; write one first, as in ${examples}`);
  const metric = metricOf(metricText);
  if (typeof metric === 'string') return fault(metricColumn, metric);
  if (!isComparison(comparison)) {
    const wrong =
      comparison === ''
        ? `${quoted(metricText)} is not compared with anything`
        : `${quoted(comparison)} is not a comparison`;
    return fault(comparisonColumn, `${wrong}; write <, <=, > or >=, as in ${examples}`);
  }
  const bound = boundOf(boundText, metric, metricText);
  if (typeof bound === 'string') return fault(boundColumn, bound);
  if (comparison === '<' && bound.kind === 'value' && bound.value === 0)
    return fault(boundColumn, belowNothing(metric));
  return { slo: { source: text, metric, comparison, bound } };
}

function belowNothing(metric: SloMetric): string {
  const what = metric.kind === 'errors' ? '"errors <= 0%" for none at all' : 'a time above 0';
  return `nothing is less than 0; write ${what}`;
}

function fault(column: number, message: string): { fault: SloFault } {
  return { fault: { column, message } };
}

function isComparison(text: string): text is Slo['comparison'] {
  return text === '<' || text === '<=' || text === '>' || text === '>=';
}

/** The metric, or what is wrong with it. */
function metricOf(text: string): SloMetric | string {
  if (text === 'max' || text === 'mean' || text === 'errors' || text === 'rate') return { kind: text };
  const percent = /^p(\d{1,3}(?:\.\d{1,6})?)$/.exec(text)?.[1];
  if (percent === undefined) return `${quoted(text)} is not a metric; write ${metricNames}`;
  // 99.9 / 100 is not the double nearest to 0.999; shifting the decimal point in the text is.
  const quantile = Number(`${percent}e-2`);
  if (quantile >= 1) return `${quoted(text)} lies above every sample; write "max"`;
  if (quantile <= 0) return `${quoted(text)} lies below every sample; write a quantile above p0, as in "p50"`;
  return { kind: 'quantile', quantile };
}

/** The bound in the metric's unit, or what is wrong with it. */
function boundOf(text: string, metric: SloMetric, metricText: string): SloBound | string {
  if (/[<>]/.test(text))
    return `${quoted(text)} compares a second time; write each objective as a text of its own, as in "p99 < 2ms", "errors < 0.1%"`;
  const unstarred = /^(\d{1,9}(?:\.\d{1,9})?)\s*[x×·]?\s*(p\d[\d.]*|max|mean)$/i.exec(text);
  if (unstarred && metric.kind !== 'errors' && metric.kind !== 'rate')
    return `${quoted(text)} lacks the multiplication sign; write "${unstarred[1] ?? ''} * ${unstarred[2]?.toLowerCase() ?? ''}"`;
  if (metric.kind === 'errors') return shareOf(text);
  if (metric.kind === 'rate') return read(text, parseRate, 'a rate', 'rate > 990/s');
  if (/^\d/.test(text) && !text.includes('*')) return read(text, parseDuration, 'a time', `${metricText} < 2ms`);
  return multipleOf(text, metric, metricText);
}

function shareOf(text: string): SloBound | string {
  const percent = /^(\d{1,3}(?:\.\d{1,9})?)\s*%$/.exec(text)?.[1];
  if (percent === undefined)
    return `"errors" is compared with a share of the requests, not with ${named(text)}; write it in percent, as in "errors < 0.1%"`;
  const value = Number(`${percent}e-2`);
  return value > 1 ? `${quoted(text)} is more than all requests; write at most 100%` : { kind: 'value', value };
}

function multipleOf(text: string, metric: SloMetric, metricText: string): SloBound | string {
  const match = /^(?:(\d{1,9}(?:\.\d{1,9})?)\s*\*\s*)?([a-z][a-z0-9.]*)$/.exec(text) ?? swapped(text);
  if (!match) {
    return `${quoted(metricText)} is compared with a time or a multiple of another latency, not with ${named(text)}; write it as in "${metricText} < 2ms" or "${metricText} < 2 * p50"`;
  }
  const [, factorText = '1', otherText = ''] = match;
  const other = metricOf(otherText);
  if (typeof other === 'string') return other;
  if (other.kind === 'errors' || other.kind === 'rate')
    return `${quoted(metricText)} can't be compared with ${quoted(otherText)}; write a latency, as in "2 * p50"`;
  const same =
    other.kind === metric.kind &&
    (other.kind !== 'quantile' || metric.kind !== 'quantile' || other.quantile === metric.quantile);
  if (same) return `${quoted(metricText)} is compared with itself; write another latency, as in "2 * p50"`;
  const factor = Number(factorText);
  return factor > 0
    ? { kind: 'multiple', factor, metric: other }
    : `a factor of 0 can't be met; write a factor above 0, as in "2 * ${otherText}"`;
}

/** `p50 * 2`, as `2 * p50`. */
function swapped(text: string): readonly string[] | null {
  const match = /^([a-z][a-z0-9.]*)\s*\*\s*(\d{1,9}(?:\.\d{1,9})?)$/.exec(text);
  return match ? ['', match[2] ?? '', match[1] ?? ''] : null;
}

function read(text: string, parse: (text: string) => number, kind: string, example: string): SloBound | string {
  if (text === '') return `${kind} is missing; write it as in "${example}"`;
  try {
    return { kind: 'value', value: parse(text) };
  } catch (error) {
    return messageOf(error);
  }
}

function named(text: string): string {
  return text === '' ? 'nothing' : quoted(text);
}
