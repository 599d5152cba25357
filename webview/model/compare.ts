import { compareRuns } from '../../src/latency/compare.ts';
import { percentileCurve } from '../../src/latency/quantiles.ts';
import type { Run } from '../../src/run/model.ts';
import type { CompareModel } from './messages.ts';
import { seriesOf } from './series.ts';

/** Two runs beside each other: the baseline first. What one pair can't tell comes with it. */
export function compareModel(baseline: Run, run: Run): CompareModel {
  const comparison = compareRuns(baseline.requests, run.requests, { before: sideOf(baseline), after: sideOf(run) });
  const trusted = [baseline, run].every(({ manifest }) => manifest.verdict?.valid !== false);
  return { ...comparison, trusted, before: percentileCurve(response(baseline)), after: percentileCurve(response(run)) };
}

function sideOf({ manifest }: Run) {
  const { window, host, verdict } = manifest;
  return { window, fingerprint: host.fingerprint, ...(verdict ? { valid: verdict.valid } : {}) };
}

function response({ manifest, requests }: Run): Float64Array {
  return manifest.window ? seriesOf(requests, manifest.window).response : new Float64Array(0);
}
