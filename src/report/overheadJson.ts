import { isTrusted } from '../overhead/estimate.ts';
import type { OverheadResult } from '../overhead/measureOverhead.ts';
import type { Trial } from '../overhead/trial.ts';
import type { OverheadFacts } from '../run/overheadFacts.ts';
import type { CollectorFacts } from '../target/target.ts';

/** What `slowpath overhead --json` prints: times in µs, rates per second, ratios watched ÷ bare. */
export interface OverheadJson {
  readonly scenario: string;
  readonly cancelled: boolean;
  /** Over the trusted pairs; null without one. */
  readonly overhead: OverheadFacts | null;
  readonly collectors: readonly CollectorFacts[];
  /** In the order they were measured. */
  readonly pairs: readonly { readonly trusted: boolean; readonly watched: Trial; readonly bare: Trial }[];
}

export function overheadJson(
  scenario: string,
  { cancelled, overhead, collectors, pairs }: OverheadResult,
): OverheadJson {
  return {
    scenario,
    cancelled,
    overhead,
    collectors,
    pairs: pairs.map((pair) => ({ trusted: isTrusted(pair), ...pair })),
  };
}
