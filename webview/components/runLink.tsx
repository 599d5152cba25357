import type { JSX } from 'preact';
import { usePage } from '../page.ts';

/** In the editor a run opens; in a file its name is all there is. */
export function RunLink({ run }: { readonly run: string }): JSX.Element {
  const { host } = usePage();
  if (host.kind === 'file') return <code title={run}>{run.slice(-4)}</code>;
  return (
    <button type="button" class="source" title={`Open ${run}`} onClick={() => host.post({ type: 'openRun', run })}>
      {run.slice(-4)}
    </button>
  );
}
