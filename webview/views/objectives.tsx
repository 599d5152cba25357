import type { JSX } from 'preact';
import { formatRate, formatShare, formatUs } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import type { SloResult } from '../../src/run/model.ts';
import { Icon } from '../components/icons.tsx';

/** The service level objectives of the plan, passed or missed, with what was measured. */
export function Objectives({ slo }: { readonly slo: readonly SloResult[] }): JSX.Element {
  return (
    <ul class="objectives" aria-label="Service level objectives">
      {slo.map((result) => (
        <li key={result.expr} class={result.pass ? 'pass' : 'fail'}>
          <Icon name={result.pass ? 'pass' : 'fail'} />
          <code>{visible(result.expr)}</code>
          <span>
            {result.pass ? 'met' : 'missed'}: {figure(result, result.actual)}
            {result.slo.bound.kind === 'multiple' && <> (bound {figure(result, result.bound)})</>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function figure(result: SloResult, value: number | null): string {
  switch (result.slo.metric.kind) {
    case 'errors':
      return formatShare(value);
    case 'rate':
      return formatRate(value);
    case 'quantile':
    case 'max':
    case 'mean':
      return formatUs(value);
  }
}
