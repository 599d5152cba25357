import { hasLatency } from '../../load/latencies.ts';
import { findSteadyState, SlotCollector } from '../../latency/steadyState.ts';
import { isEven } from '../../plan/scenario.ts';
import { formatShare, formatUs } from '../../plan/units.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';
import { rounded, scoreOf } from '../cpuFinding.ts';

const source =
  'Barrett et al., “Virtual Machine Warmup Blows Hot and Cold”, OOPSLA 2017; Truong et al., change point detection review, 2020';

const minRequests = 200;
/** How much slower the start must be to be worth a warning, in ratio and in time. */
const minRatio = 2;
const minDifferenceUs = 200;
/** And how long: shorter ones are single stalls. */
const minColdUs = 500_000;

/**
 * The run measures its own start: the steady state begins within the measured window, and what is before it is much slower. Without a
 * visible change a missing warm-up is a hint only.
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
  const { requests, manifest } = run;
  const { startUs, endUs } = analysis.range;
  if (!isEven(manifest.scenario.load.arrivals)) return null;
  const warmupStartUs = Math.min(manifest.window?.warmupStartUs ?? startUs, startUs);
  const medians = new SlotCollector(warmupStartUs, endUs - warmupStartUs);
  for (let row = 0; row < requests.length; row++) {
    const intended = requests.intendedUs[row] ?? Number.NaN;
    if (hasLatency(requests.outcome[row] ?? 0)) medians.add(intended, (requests.doneUs[row] ?? Number.NaN) - intended);
  }
  const collected = medians.finish();
  const found = collected === null ? null : findSteadyState(collected);
  if (found === null) return null;
  const { coldP50Us, steadyP50Us, startUs: steadyUs } = found;
  if (steadyUs === null || coldP50Us === null) return null;
  if (steadyUs - startUs < minColdUs || coldP50Us < minRatio * steadyP50Us) return null;
  if (coldP50Us - steadyP50Us < minDifferenceUs) return null;
  const slowFrom = analysis.tail?.thresholdUs ?? Number.POSITIVE_INFINITY;
  const counts = { all: 0, early: 0, slow: 0, slowEarly: 0 };
  for (let row = 0; row < requests.length; row++) {
    const intended = requests.intendedUs[row] ?? Number.NaN;
    if (!(intended >= startUs && intended < endUs)) continue;
    const isEarly = intended < steadyUs ? 1 : 0;
    const isSlow = (requests.doneUs[row] ?? Number.NaN) - intended > slowFrom ? 1 : 0;
    counts.all++;
    counts.early += isEarly;
    counts.slow += isSlow;
    counts.slowEarly += isSlow * isEarly;
  }
  return {
    endUs: steadyUs - startUs,
    coldP50Us,
    warmP50Us: steadyP50Us,
    slowShare: counts.slow > 0 ? counts.slowEarly / counts.slow : 0,
    share: counts.early / counts.all,
  };
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
