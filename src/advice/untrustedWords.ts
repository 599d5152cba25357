import type { Manifest } from '../run/model.ts';

/** Why a run has no figures to be believed: a sentence each that says what to do next; empty where it has. */
export function untrustedWords({ verdict, error, state }: Pick<Manifest, 'verdict' | 'error' | 'state'>): string[] {
  if (error !== null) return [error.message];
  if (verdict) return verdict.reasons.map(({ text }) => text);
  switch (state) {
    case 'running':
      return ['It is still being measured: its figures come when it has ended.'];
    case 'incomplete':
      return [
        'It was cut short from outside, its process ended or the machine stopped, before its figures were summed up; what was recorded until then is kept. Run it again for figures.',
      ];
    case 'cancelled':
      return ['It was cancelled before its figures were summed up; run it again and let it come to its end.'];
    default:
      return ['It ended before the load was measured; run it again.'];
  }
}
