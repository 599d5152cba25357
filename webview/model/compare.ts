import { type OrderStatistics, percentileCurve, recordedStatistics } from '../../src/latency/quantiles.ts';
import type { Run } from '../../src/run/model.ts';
import { compareLatency, isTrusted } from '../../src/trace/compareRuns.ts';
import type { CompareModel } from './messages.ts';
import { floorUsOf } from './floor.ts';
import { seriesOf } from './series.ts';

/** Two runs beside each other: the baseline first. What one pair can't tell comes with it. */
export function compareModel(baseline: Run, run: Run): CompareModel {
  const comparison = compareLatency(baseline, run);
  const trusted = isTrusted(baseline) && isTrusted(run);
  return {
    ...comparison,
    trusted,
    before: percentileCurve(response(baseline)),
    after: percentileCurve(response(run)),
    floorUs: { before: floorUsOf(baseline.manifest), after: floorUsOf(run.manifest) },
  };
}

function response({ manifest, requests }: Run): OrderStatistics {
  return manifest.window ? seriesOf(requests, manifest.window).response : recordedStatistics(new Float64Array(0));
}
