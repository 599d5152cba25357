import type { Scenario } from './scenario.ts';
import { formatRate } from './units.ts';

/** What load was offered, in words: `poisson, 500/s`. */
export function arrivalsText(arrivals: Scenario['load']['arrivals']): string {
  switch (arrivals.model) {
    case 'closed':
      return `closed, ${arrivals.concurrency} in flight`;
    case 'step':
      return `steps of ${arrivals.ratesPerSecond.map(formatRate).join(', ')}`;
    case 'ramp':
      return `ramp from ${formatRate(arrivals.fromPerSecond)} to ${formatRate(arrivals.toPerSecond)}`;
    default:
      return `${arrivals.model}, ${formatRate(arrivals.ratePerSecond)}`;
  }
}
