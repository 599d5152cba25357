import { formatCount, formatShare, formatUs } from '../plan/units.ts';
import type { OverheadFacts } from '../run/overheadFacts.ts';
import type { CollectorFacts } from '../target/target.ts';

/** `1.062×`. */
export function ratioText(ratio: number): string {
  return `${ratio.toFixed(3)}×`;
}

/** What watching costs, in one sentence: of CPU time where the system tells it, else of throughput. */
export function overheadSentence({ cpu, throughput, pairs }: OverheadFacts): string {
  const over = `over ${pairs} ${pairs === 1 ? 'pair' : 'pairs'} of runs`;
  const figure = cpu ?? throughput;
  if (!figure) return `What watching costs could not be told ${over}.`;
  const what = cpu ? 'CPU time a request' : 'throughput';
  const { ratio, low, high } = figure;
  const range =
    low === null || high === null
      ? `; six pairs or more tell how sure that is`
      : ` (95% interval ${ratioText(low)} to ${ratioText(high)})`;
  const more = `${formatShare(Math.abs(ratio - 1))} ${ratio >= 1 ? 'more' : 'less'}`;
  return `Watched, the targets ${cpu ? 'use' : 'give'} ${ratioText(ratio)} the ${what}, ${more}, ${over}${range}.`;
}

/** One line for each collector of a run: what it took, what it lost, what it can't see. */
export function collectorLines(collectors: readonly CollectorFacts[]): string[] {
  return collectors.map((facts) => {
    const { target, label, blindSpots } = facts;
    const blind = blindSpots.length > 0 ? `. Blind to ${blindSpots.join('; to ')}.` : '';
    return `${target}: ${label}${countText(facts)}${blind}`;
  });
}

/** `, every 1 ms: 14,210 samples, 12 lost (<0.1%)`. */
function countText({ collector, intervalUs, samples, lost }: CollectorFacts): string {
  const every = intervalUs === null ? '' : `, every ${formatUs(intervalUs)}`;
  if (samples === null) return `${every}: samples and losses not told`;
  const what = collector === 'probe' ? 'rows' : 'samples';
  const all = samples + (lost ?? 0);
  const missing =
    lost === null ? 'losses not told' : `${formatCount(lost)} lost${lost > 0 ? ` (${formatShare(lost / all)})` : ''}`;
  return `${every}: ${formatCount(samples)} ${what}, ${missing}`;
}
