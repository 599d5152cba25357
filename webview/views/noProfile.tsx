import type { JSX } from 'preact';
import type { Gap } from '../../src/gaps.ts';
import { visible } from '../../src/plan/visible.ts';

/** In the place of a profile that is not there: why, as far as the run says so. */
export function NoProfile({ gaps }: { readonly gaps: readonly Gap[] }): JSX.Element {
  const reasons = gaps.filter(({ what }) => what.startsWith('CPU profile of '));
  return (
    <div class="empty">
      <p>No CPU profile was collected in this run.</p>
      {reasons.map(({ what, why }) => (
        <p key={what}>
          <strong>{visible(what, 200)}</strong>: {visible(why, 500)}
        </p>
      ))}
    </div>
  );
}
