import { formatUs } from '../../plan/units.ts';
import type { SloMetric } from '../../plan/scenario.ts';
import type { SloResult } from '../../run/model.ts';
import { unionOf } from '../../trace/intervals.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';

const source =
  'Order statistics; Leadbetter et al., “Extremes and Related Properties of Random Sequences” (declustering), 1983';

/** With k requests above it a quantile is uncertain by about 1/√k: ten give a third. */
const minAbove = 10;
/** Victims of one stall are one event (as in the tail view). */
const episodeGapUs = 2000;

/**
 * A quantile that the plan decides on (p99 if it names none) has fewer than ten requests above it. Requests that were slow together count
 * as one event: an objective that was missed because of fewer than ten events is pointed out too, as information.
 */
export const fewSamples: Rule = {
  id: 'OBS02',
  title: 'Too few requests for the quantile',
  source,
  find: (evidence) => {
    const { run, analysis } = evidence;
    const times = responseTimes(evidence);
    // Of a run that was never summed up there is no quantile to doubt.
    if (times.length === 0 || run.manifest.verdict === null) return [];
    const asked = askedQuantiles(
      run.manifest.summary?.slo ?? [],
      run.manifest.scenario.slo.map(({ metric }) => metric),
    );
    const tightest = asked.at(-1);
    if (tightest === undefined) return [];
    const above = times.length * (1 - tightest.quantile);
    const rate = times.length / ((analysis.range.endUs - analysis.range.startUs) / 1e6);
    if (above < minAbove - 1e-6) return [tooFew(tightest.quantile, times.length, above, rate)];
    const missed = asked.find(({ pass }) => pass === false);
    if (!missed) return [];
    const events = eventsAbove(evidence, missed.quantile);
    return events >= minAbove ? [] : [fewEvents(missed, events, times.length)];
  },
};

interface Asked {
  readonly quantile: number;
  readonly expr: string;
  /** Null if it is not the plan's. */
  readonly pass: boolean | null;
}

/** In order; p99 alone where the plan has no objective on a quantile. */
function askedQuantiles(results: readonly SloResult[], metrics: readonly SloMetric[]): Asked[] {
  const asked: Asked[] = results.flatMap(({ slo, expr, pass }) =>
    slo.metric.kind === 'quantile' ? [{ quantile: slo.metric.quantile, expr, pass }] : [],
  );
  for (const metric of metrics) {
    if (metric.kind === 'quantile' && !asked.some(({ quantile }) => quantile === metric.quantile))
      asked.push({ quantile: metric.quantile, expr: '', pass: null });
  }
  if (asked.length === 0) asked.push({ quantile: 0.99, expr: '', pass: null });
  return asked.sort((a, b) => a.quantile - b.quantile);
}

function tooFew(q: number, count: number, above: number, rate: number): Finding {
  const needed = Math.ceil(minAbove / (1 - q) - 1e-6);
  return {
    rule: fewSamples.id,
    severity: 'warning',
    title: `${count} requests are too few for ${quantileName(q)}: ${above < 1 ? 'not one lies' : `${above.toFixed(1)} lie`} above it`,
    explanation: `${quantileName(q)} rests on the slowest ${above < 1 ? 'request alone' : `${above.toFixed(1)} requests`}; run again, it may well be half or twice as much. Ten above it are the least for a figure that means something.`,
    suggestion: `Measure at least ${needed} requests: at this rate for ${formatUs((needed / rate) * 1e6)}, or decide on a lower quantile.`,
    file: null,
    line: null,
    evidence: { quantile: q, requests: count, requestsAbove: Math.round(above * 10) / 10, requestsNeeded: needed },
    score: 0,
    source,
  };
}

function fewEvents({ quantile: q, expr }: Asked, events: number, count: number): Finding {
  return {
    rule: fewSamples.id,
    severity: 'info',
    title: `${expr} was decided by ${events} ${events === 1 ? 'event' : 'events'}`,
    explanation: `The requests above ${quantileName(q)} were slow together: they make up ${events} separate ${events === 1 ? 'episode' : 'episodes'}. Requests that wait for the same stall are one observation, not many, so the figure is less certain than ${count} requests suggest.`,
    suggestion:
      'Run longer, until the cause has occurred ten times at least, before comparing this figure with another run’s.',
    file: null,
    line: null,
    evidence: { quantile: q, requests: count, events },
    score: 0,
    source,
  };
}

function responseTimes({ run, analysis }: Evidence): Float64Array {
  const { requests } = run;
  const times: number[] = [];
  for (let row = 0; row < requests.length; row++) {
    const intended = requests.intendedUs[row] ?? Number.NaN;
    const took = (requests.doneUs[row] ?? Number.NaN) - intended;
    if (intended >= analysis.range.startUs && intended < analysis.range.endUs && !Number.isNaN(took)) times.push(took);
  }
  return Float64Array.from(times).sort();
}

function eventsAbove(evidence: Evidence, q: number): number {
  const { run, analysis } = evidence;
  const times = responseTimes(evidence);
  const threshold = times[Math.max(0, Math.ceil(q * times.length) - 1)] ?? 0;
  const pairs: number[] = [];
  for (let row = 0; row < run.requests.length; row++) {
    const intended = run.requests.intendedUs[row] ?? Number.NaN;
    const done = run.requests.doneUs[row] ?? Number.NaN;
    if (intended >= analysis.range.startUs && intended < analysis.range.endUs && done - intended > threshold)
      pairs.push(intended, done);
  }
  return unionOf(Float64Array.from(pairs), episodeGapUs).length / 2;
}

function quantileName(q: number): string {
  return `p${Number((q * 100).toPrecision(6))}`;
}
