import { formatShare, formatUs } from '../../plan/units.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';
import { rounded, scoreOf } from '../cpuFinding.ts';

const source =
  'Barrett et al., “Virtual Machine Warmup Blows Hot and Cold”, OOPSLA 2017; Truong et al., change point detection review, 2020';

/** The measured window in parts; a part's figure is its median, which single stalls do not move. */
const parts = 40;
const minRequests = 200;
/** A cold phase is at the start: beyond the first half it is something else. */
const latestEnd = 0.5;
/** A single part may be slow by chance. */
const leastParts = 2;
/** How much slower it must be, in ratio and in time, and beyond the noise of the rest (in median deviations). */
const minRatio = 2;
const minDifferenceUs = 200;
const minDeviations = 5;

/**
 * The run measures its own start: the first part of the measured window is slower than the rest. The change point is the split of the
 * parts' medians that explains most of their variance (one change, least squares). Without a visible change a missing warm-up
 * is a hint only.
 */
export const warmUp: Rule = {
  id: 'OBS06',
  title: 'The measured window includes the warm-up',
  source,
  find: (evidence) => {
    const cold = coldPhase(evidence);
    const { warmupUs } = evidence.run.manifest.scenario.load;
    if (cold) return [finding(cold, warmupUs)];
    return warmupUs === 0 && evidence.run.requests.length >= minRequests ? [hint()] : [];
  },
};

interface ColdPhase {
  readonly endUs: number;
  readonly coldP50Us: number;
  readonly warmP50Us: number;
  /** Of the slow requests, and of all, those in the cold phase. */
  readonly slowShare: number;
  readonly share: number;
}

function coldPhase({ run, analysis }: Evidence): ColdPhase | null {
  const { requests } = run;
  const { startUs, endUs } = analysis.range;
  const partUs = (endUs - startUs) / parts;
  const timesOf: number[][] = Array.from({ length: parts }, () => []);
  let count = 0;
  for (let row = 0; row < requests.length; row++) {
    const intended = requests.intendedUs[row] ?? Number.NaN;
    const took = (requests.doneUs[row] ?? Number.NaN) - intended;
    if (!(intended >= startUs && intended < endUs) || Number.isNaN(took)) continue;
    timesOf[Math.min(parts - 1, Math.floor((intended - startUs) / partUs))]?.push(took);
    count++;
  }
  if (count < minRequests) return null;
  const medians = timesOf.map((times) => median(times));
  const split = bestSplit(medians);
  if (split < leastParts || split > latestEnd * parts) return null;
  const cold = median(medians.slice(0, split));
  const rest = medians.slice(split).filter((value) => !Number.isNaN(value));
  const warm = median(rest);
  const deviation = median(rest.map((value) => Math.abs(value - warm)));
  if (!(cold > minRatio * warm) || cold - warm < minDifferenceUs || cold - warm < minDeviations * deviation)
    return null;
  // A stretch as slow later on means that slow stretches come and go, whatever made them.
  for (let from = split; from + split <= parts; from++) {
    if (median(medians.slice(from, from + split)) > (cold + warm) / 2) return null;
  }
  const coldEndUs = split * partUs;
  const slowFrom = analysis.tail?.thresholdUs ?? Number.POSITIVE_INFINITY;
  const all = timesOf.flat();
  const early = timesOf.slice(0, split).flat();
  const slow = all.filter((time) => time > slowFrom).length;
  return {
    endUs: coldEndUs,
    coldP50Us: cold,
    warmP50Us: warm,
    slowShare: slow > 0 ? early.filter((time) => time > slowFrom).length / slow : 0,
    share: early.length / all.length,
  };
}

/** How many parts the first phase has, by least squares on ranks (so that one wild part does not decide); 0 for no change. */
function bestSplit(medians: readonly number[]): number {
  const ranks = ranksOf(medians);
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
  let best = 0;
  let bestGain = 0;
  let sum = 0;
  for (let split = 1; split < ranks.length; split++) {
    sum += (ranks[split - 1] ?? 0) - mean;
    const gain = (sum * sum * ranks.length) / (split * (ranks.length - split));
    if (gain <= bestGain || sum <= 0) continue;
    bestGain = gain;
    best = split;
  }
  return best;
}

function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  for (const [rank, index] of order.entries()) ranks[index] = rank;
  return ranks;
}

function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function finding(cold: ColdPhase, warmupUs: number): Finding {
  const needed = warmupUs + cold.endUs;
  const seconds = Math.max(1, Math.ceil((needed * 1.2) / 1e6));
  return {
    rule: warmUp.id,
    severity: 'warning',
    title: `The first ${formatUs(cold.endUs)} of the measured window are still warm-up: median ${formatUs(cold.coldP50Us)}, later ${formatUs(cold.warmP50Us)}`,
    explanation: `The median changes once, ${formatUs(cold.endUs)} after the measurement began, and ${formatShare(cold.slowShare)} of the slow requests fall before it (of all requests ${formatShare(cold.share)}). Cold caches, connections being made and code not yet compiled are measured together with the service as it runs later.`,
    suggestion: `Write "warmup": "${seconds}s" in the plan. If the start itself is what users meet (after each deployment), measure it on its own.`,
    file: null,
    line: null,
    evidence: {
      coldUs: Math.round(cold.endUs),
      coldP50Us: Math.round(cold.coldP50Us),
      warmP50Us: Math.round(cold.warmP50Us),
      warmupUs,
      tailShare: rounded(cold.slowShare),
      requestShare: rounded(cold.share),
    },
    score: scoreOf({ slow: cold.slowShare, typical: cold.share }),
    source,
  };
}

function hint(): Finding {
  return {
    rule: warmUp.id,
    severity: 'hint',
    title: 'The plan has no warm-up',
    explanation:
      'The first requests meet cold caches and code that is not compiled yet. In this run their median does not stand out, but the slowest of them may be among the tail.',
    suggestion: 'Write "warmup": "3s" in the plan.',
    file: null,
    line: null,
    evidence: { warmupUs: 0, measured: false },
    score: 0,
    source,
  };
}
