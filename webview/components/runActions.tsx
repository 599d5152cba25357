import type { JSX } from 'preact';
import type { PageCommand } from '../../src/protocol.ts';
import { usePage } from '../page.ts';

const actions: readonly { readonly command: PageCommand; readonly label: string; readonly title: string }[] = [
  { command: 'runAgain', label: 'Run Again', title: 'Measure the same scenario once more' },
  { command: 'compareWith', label: 'Compare With…', title: 'Put this run beside another one' },
  { command: 'saveHtml', label: 'Save as HTML', title: 'Write this report into one file that opens in any browser' },
];

/** What the editor does with the run that is shown; nothing where there is no editor to do it. */
export function RunActions(): JSX.Element | null {
  const { host } = usePage();
  if (host.kind === 'file') return null;
  return (
    <div class="run-actions" role="group" aria-label="This run">
      {actions.map(({ command, label, title }) => (
        <button key={command} type="button" title={title} onClick={() => host.post({ type: 'command', command })}>
          {label}
        </button>
      ))}
    </div>
  );
}
