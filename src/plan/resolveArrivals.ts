import { SlowpathError } from '../errors.ts';
import type { Filler, Path } from './placeholders.ts';
import type { Arrivals } from './scenario.ts';
import type { PlanScenario } from './schema.ts';
import { limits } from './schemaLimits.ts';
import { checkedDuration } from './schemaUnits.ts';
import { parseRate } from './units.ts';

/**
 * When requests are due, in numbers.
 * @param overrideRate from the command line or the editor, in place of the plan's one rate.
 * @throws SlowpathError PLAN_INVALID at its place in the plan; USAGE for a rate that these arrivals don't have.
 */
export function resolveArrivals(
  plan: PlanScenario['load']['arrivals'],
  path: Path,
  fill: Filler,
  durationUs: number,
  overrideRate: number | undefined,
): Arrivals {
  const rateAt = (written: number | string, key: readonly PropertyKey[]): number => {
    const at = [...path, ...key];
    return fill.at(at, () => parseRate(typeof written === 'string' ? fill.text(written, at) : written));
  };
  if (overrideRate !== undefined && plan.model !== 'constant' && plan.model !== 'poisson') {
    const has = { closed: 'Closed arrivals have no rate', step: 'Steps have', ramp: 'A ramp has' }[plan.model];
    const many = plan.model === 'closed' ? '' : ' rates of its own, not one';
    throw new SlowpathError(
      'USAGE',
      `${has}${many} to set; leave --rate out, or write "constant" or "poisson" arrivals in the plan.`,
    );
  }
  switch (plan.model) {
    case 'closed':
      return { model: 'closed', concurrency: plan.concurrency };
    case 'constant':
      return { model: 'constant', ratePerSecond: overrideRate ?? rateAt(plan.rate, ['rate']) };
    case 'poisson':
      return { model: 'poisson', ratePerSecond: overrideRate ?? rateAt(plan.rate, ['rate']), seed: plan.seed };
    case 'step': {
      const { hold } = plan;
      const holdPath = [...path, 'hold'];
      return {
        model: 'step',
        ratesPerSecond: plan.rates.map((rate, index) => rateAt(rate, ['rates', index])),
        holdUs:
          hold === undefined
            ? durationUs / plan.rates.length
            : fill.at(holdPath, () => checkedDuration(fill.text(hold, holdPath), limits.duration)),
        spacing: plan.spacing,
        seed: plan.seed,
      };
    }
    case 'ramp':
      return {
        model: 'ramp',
        fromPerSecond: rateAt(plan.from, ['from']),
        toPerSecond: rateAt(plan.to, ['to']),
        spacing: plan.spacing,
        seed: plan.seed,
      };
  }
}
