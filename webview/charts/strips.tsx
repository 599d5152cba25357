import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatUs } from '../../src/plan/units.ts';
import { placeOn, type Strip, stripAxis } from '../model/machine.ts';

const marks = ['p50', 'p99', 'p99.9', 'max'] as const;

/** One row a measured thing: from its median to its greatest, on a logarithmic axis; the budget across all of them. */
export function Strips(props: { readonly strips: readonly Strip[]; readonly budgetUs: number | null }): JSX.Element {
  const { strips, budgetUs } = props;
  const axis = useMemo(() => stripAxis(strips, budgetUs), [strips, budgetUs]);
  const at = (us: number): string => `${placeOn(axis, us) * 100}%`;
  const told = strips
    .map((strip) => `${strip.label} p50 ${formatUs(strip.p50)}, p99 ${formatUs(strip.p99)}`)
    .join('; ');
  return (
    <div class="strips percentile-chart" role="img" aria-label={`What this machine takes for itself: ${told}`}>
      <div class="legend">
        {marks.map((name) => (
          <span key={name} class="muted">
            <i class={`strip-mark strip-${name.replace('.', '')}`} /> {name}
          </span>
        ))}
      </div>
      <div class="strip-rows">
        {strips.map((strip) => (
          <div class="strip" key={strip.label}>
            <div class="strip-label">
              {strip.label}
              <span>{strip.what}</span>
            </div>
            <div class="strip-track">
              {axis.ticks.map((us) => (
                <i key={us} class="strip-grid" style={{ left: at(us) }} />
              ))}
              {strip.p50 !== null && strip.max !== null && (
                <i
                  class="strip-range"
                  style={{ left: at(strip.p50), right: `${(1 - placeOn(axis, strip.max)) * 100}%` }}
                />
              )}
              {marks.map((name) => {
                const us = strip[name];
                return us === null ? null : (
                  <i
                    key={name}
                    class={`strip-mark strip-${name.replace('.', '')}`}
                    style={{ left: at(us) }}
                    title={`${name} ${formatUs(us)}`}
                  />
                );
              })}
              {budgetUs !== null && <i class="strip-budget" style={{ left: at(budgetUs) }} />}
            </div>
          </div>
        ))}
        <div class="strip strip-axis">
          <div />
          <div class="strip-ticks">
            {axis.ticks.map((us) => (
              <span key={us} style={{ left: at(us) }}>
                {formatUs(us)}
              </span>
            ))}
            {budgetUs !== null && (
              <b style={{ left: at(budgetUs) }} class={placeOn(axis, budgetUs) > 0.7 ? 'before' : ''}>
                p99 from {formatUs(budgetUs)} on
              </b>
            )}
          </div>
        </div>
      </div>
    </div>
  );
}
