import { formatRate, formatShare, formatUs } from '../../plan/units.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';

const source =
  'Gil Tene, “How NOT to Measure Latency” (coordinated omission); HdrHistogram, recording with an expected interval';

/** A quantile that changes by less than this would not change a decision. */
const matters = 1.1;

/**
 * A closed loop: each connection waits for its answer before it asks again, so that a stall is seen by as many requests as there are
 * connections, and the users who would have come meanwhile are left out. The correction is HdrHistogram's: an answer that took
 * n times the usual interval between requests of a connection stands for those that would have waited n − 1, n − 2, … intervals.
 */
export const closedLoop: Rule = {
  id: 'OBS01',
  title: 'The load hides waiting users (coordinated omission)',
  source,
  find: (evidence) => {
    const { arrivals } = evidence.run.manifest.scenario.load;
    return arrivals.model === 'closed' ? findingFor(evidence, arrivals.concurrency) : [];
  },
};

function findingFor({ run, analysis }: Evidence, concurrency: number): Finding[] {
  const times = serviceTimes(run.requests, analysis.range);
  const seconds = (analysis.range.endUs - analysis.range.startUs) / 1e6;
  if (times.length === 0 || !(seconds > 0)) return [];
  const rate = times.length / seconds;
  const intervalUs = (concurrency * 1e6) / rate;
  const reported = quantile(times, 0.99);
  const corrected = correctedQuantile(times, intervalUs, 0.99);
  const hides = corrected > reported * matters;
  return [
    {
      rule: closedLoop.id,
      severity: hides ? 'warning' : 'info',
      title: hides
        ? `The closed loop hides waiting: p99 reads ${formatUs(reported)}, an open load would have seen about ${formatUs(corrected)}`
        : `The load is a closed loop of ${concurrency}: it slows down when the service does`,
      explanation: `Each of the ${concurrency} connections waits for its answer before it asks again, so a stall of the service delays ${concurrency} requests, however long it lasts, and the requests that would have arrived meanwhile are never sent. ${
        hides
          ? `Counting those, p99 is ${formatUs(corrected)} rather than ${formatUs(reported)}.`
          : `In this run it made little difference to p99, because no answer took much longer than the ${formatUs(intervalUs)} between two requests of a connection.`
      }`,
      suggestion: `Offer a rate instead: "arrivals": { "model": "poisson", "rate": ${Math.max(1, Math.round(rate * 0.7))}, "seed": 1 } (about 70 % of the ${formatRate(rate)} reached here), and count latency from the intended time.`,
      file: null,
      line: null,
      evidence: {
        concurrency,
        ratePerSecond: Math.round(rate),
        p99Us: Math.round(reported),
        correctedP99Us: Math.round(corrected),
        longestUs: Math.round(times.at(-1) ?? 0),
        longestShareOfInterval: formatShare((times.at(-1) ?? 0) / intervalUs),
      },
      score: 0,
      source,
    },
  ];
}

function serviceTimes(requests: Evidence['run']['requests'], range: Evidence['analysis']['range']): Float64Array {
  const times = new Float64Array(requests.length);
  let count = 0;
  for (let row = 0; row < requests.length; row++) {
    const sent = requests.sentUs[row] ?? Number.NaN;
    const took = (requests.doneUs[row] ?? Number.NaN) - sent;
    if (sent >= range.startUs && sent < range.endUs && took >= 0) times[count++] = took;
  }
  return times.slice(0, count).sort();
}

function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
}

/**
 * The quantile with the missing requests counted in. An answer of time t adds one at t − i·interval for each i ≥ 1 that leaves at least
 * an interval. The value with a given number of requests above it is found by halving: exact to a microsecond.
 */
function correctedQuantile(sorted: Float64Array, intervalUs: number, q: number): number {
  const countAbove = (us: number): number => {
    let count = 0;
    for (let index = sorted.length - 1; index >= 0; index--) {
      const time = sorted[index] ?? 0;
      if (time <= us) break;
      const least = Math.max(us, intervalUs);
      count += 1 + (time > least ? Math.floor((time - least) / intervalUs) : 0);
    }
    return count;
  };
  const allowed = (1 - q) * countAbove(-1);
  let low = 0;
  let high = sorted.at(-1) ?? 0;
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (countAbove(middle) > allowed) low = middle;
    else high = middle;
  }
  return high;
}
