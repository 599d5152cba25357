import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatUs } from '../../src/plan/units.ts';
import { FigureTable } from '../components/figureTable.tsx';
import { placeOn, type Strip, stripAxis } from '../model/strips.ts';

const marks = ['p50', 'p99', 'p99.9', 'max'] as const;

/** One row a measured thing: from its median to its greatest, on a logarithmic axis; the budget across all of them. */
export function Strips(props: {
  readonly label: string;
  readonly strips: readonly Strip[];
  /** The least p99 that can be told; null: none is drawn. */
  readonly budgetUs?: number | null;
  /** What an empty server takes; null: none is drawn. */
  readonly floorUs?: number | null;
}): JSX.Element {
  const { label, strips, budgetUs = null, floorUs = null } = props;
  const axis = useMemo(() => stripAxis(strips, [budgetUs, floorUs]), [strips, budgetUs, floorUs]);
  const at = (us: number): string => `${placeOn(axis, us) * 100}%`;
  const told = strips
    .map((strip) => `${strip.label} p50 ${formatUs(strip.p50)}, p99 ${formatUs(strip.p99)}`)
    .join('; ');
  return (
    <div class="strips percentile-chart" role="img" aria-label={`${label}: ${told}`}>
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
              {floorUs !== null && <i class="strip-floor" style={{ width: at(floorUs) }} />}
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
            {floorUs !== null && (
              <b style={{ left: at(floorUs) }} class={placeOn(axis, floorUs) > 0.7 ? 'before' : ''}>
                floor {formatUs(floorUs)}: an empty server here
              </b>
            )}
            {budgetUs !== null && (
              <b style={{ left: at(budgetUs) }} class={placeOn(axis, budgetUs) > 0.7 ? 'before' : ''}>
                p99 can be told from {formatUs(budgetUs)} on
              </b>
            )}
          </div>
        </div>
      </div>
    </div>
  );
}

export function StripTable(props: {
  readonly strips: readonly Strip[];
  readonly floorUs?: number | null;
}): JSX.Element {
  const { strips, floorUs = null } = props;
  return (
    <FigureTable columns={['Measured', 'p50', 'p99', 'p99.9', 'max']}>
      <tbody>
        {strips.map((strip) => (
          <tr key={strip.label}>
            <th scope="row">{strip.label}</th>
            <td>{formatUs(strip.p50)}</td>
            <td>{formatUs(strip.p99)}</td>
            <td>{formatUs(strip['p99.9'])}</td>
            <td>{formatUs(strip.max)}</td>
          </tr>
        ))}
        {floorUs !== null && (
          <tr class="floor">
            <th scope="row">floor</th>
            <td>{formatUs(floorUs)}</td>
            <td />
            <td />
            <td />
          </tr>
        )}
      </tbody>
    </FigureTable>
  );
}
