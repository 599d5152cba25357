import type { LoadResult } from '../load/result.ts';
import type { Scenario } from '../plan/scenario.ts';
import { judgeSlo } from './judge.ts';
import type { Manifest } from './model.ts';
import { needsMoreQuantiles, responseQuantiles } from './responseQuantiles.ts';

/** What a load came to, held against the scenario's objectives. `targetFailed`: a target's end cut it short. */
export async function judged(
  load: LoadResult,
  scenario: Scenario,
  dir: string,
  targetFailed: boolean,
): Promise<Pick<Manifest, 'verdict' | 'summary'>> {
  const verdict = targetFailed ? spoilt(load.verdict) : load.verdict;
  const { sent, ok, errors, timeouts, unsent, inFlight, byStatus, byError, byProtocol } = load.counts;
  const quantileUs = needsMoreQuantiles(scenario.slo) ? await responseQuantiles(dir) : () => null;
  return {
    verdict,
    summary: {
      requests: { sent, ok, errors, timeouts, unsent, inFlight },
      answers: { byStatus, byError, byProtocol },
      ratePerSecond: load.ratePerSecond,
      latencyUs: load.latencyUs,
      slo: judgeSlo(scenario.slo, { load: { ...load, verdict }, quantileUs }),
    },
  };
}

/** A load that a failing target cut short measured something else than was asked for. */
function spoilt(verdict: LoadResult['verdict']): LoadResult['verdict'] {
  const text = 'A target failed while it was measured; the figures are of the time before and during its failure.';
  // The load was stopped for this: that it was cut short says nothing more.
  const others = verdict.reasons.filter(({ code }) => code !== 'INCOMPLETE');
  return { ...verdict, valid: false, reasons: [...others, { code: 'INCOMPLETE', text }] };
}
