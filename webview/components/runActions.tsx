import type { JSX } from 'preact';
import type { PageCommand } from '../../src/protocol.ts';
import type { ResultPage } from '../../src/report/resultPage.ts';
import { usePage } from '../page.ts';

interface Action {
  readonly command: PageCommand;
  readonly label: string;
  readonly title: string;
}

const save: Action = {
  command: 'saveHtml',
  label: 'Save as HTML',
  title: 'Write this report into one file that opens in any browser',
};
const actions: readonly Action[] = [
  { command: 'runAgain', label: 'Run Again', title: 'Measure the same scenario once more' },
  { command: 'compareWith', label: 'Compare With…', title: 'Put this run beside another one' },
  save,
];

const inCode: Action = {
  command: 'showHeatDiff',
  label: 'Show in the Code',
  title: 'Mark the lines that cost more or less than in the baseline',
};

/** What the editor does with the run that is shown; nothing where there is no editor to do it. */
export function RunActions({ compared }: { readonly compared: boolean }): JSX.Element | null {
  return <Actions label="This run" actions={compared ? [inCode, ...actions] : actions} />;
}

const againTitles: Readonly<Record<ResultPage['kind'], string>> = {
  capacity: 'Search the same scenario once more',
  matrix: 'Measure the same scenario in its shapes once more',
  doctor: 'Examine this machine once more',
};

export function ResultActions({ result }: { readonly result: ResultPage }): JSX.Element | null {
  const again: Action = { command: 'runAgain', label: 'Run Again', title: againTitles[result.kind] };
  return <Actions label="This result" actions={[again, save]} />;
}

function Actions(props: { readonly label: string; readonly actions: readonly Action[] }): JSX.Element | null {
  const { host } = usePage();
  if (host.kind === 'file') return null;
  return (
    <div class="run-actions" role="group" aria-label={props.label}>
      {props.actions.map(({ command, label, title }) => (
        <button key={command} type="button" title={title} onClick={() => host.post({ type: 'command', command })}>
          {label}
        </button>
      ))}
    </div>
  );
}
