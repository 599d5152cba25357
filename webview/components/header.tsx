import type { JSX } from 'preact';
import { arrivalsText } from '../../src/plan/arrivalsText.ts';
import { formatBytes, formatCount, formatUs } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import type { ResultPage } from '../../src/report/resultPage.ts';
import type { HostFacts, Manifest } from '../../src/run/model.ts';
import type { TimeRange } from '../../src/trace/analysis.ts';
import type { Content } from '../content.ts';
import { formatClock } from '../format.ts';
import type { RangeModel } from '../model/messages.ts';
import { usePage } from '../page.ts';
import { Icon } from './icons.tsx';
import { ResultActions, RunActions } from './runActions.tsx';
import { SampleTypeSelect } from './sampleTypeSelect.tsx';

/** What is shown here: scenario, when, commit, machine, whether the measurement can be trusted, and the chosen range. */
export function Header({
  content,
  model,
}: {
  readonly content: Content;
  readonly model: RangeModel | null;
}): JSX.Element {
  if (content.kind === 'run') {
    const { manifest } = content.info;
    return (
      <header class="page-header">
        <div class="title">
          <h1>{visible(manifest.scenario.name)}</h1>
          <Trust verdict={manifest.verdict} state={manifest.state} />
          <RangeChip model={model} originUs={content.info.timeline?.extent.startUs ?? 0} />
          <RunActions compared={content.baselineTitle !== null} />
        </div>
        <p class="facts">
          {runFacts(manifest).map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        </p>
      </header>
    );
  }
  if (content.kind === 'result') {
    const { result } = content;
    return (
      <header class="page-header">
        <div class="title">
          <h1>{visible(result.title, 200)}</h1>
          <ResultChip result={result} />
          <ResultActions result={result} />
        </div>
        <p class="facts">
          {resultFacts(result).map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        </p>
      </header>
    );
  }
  const facts =
    content.kind === 'profile'
      ? [
          `${formatCount(content.info.samples)} samples`,
          durationOf(content.info.extent),
          content.info.intervalUs > 0 ? `every ${formatUs(content.info.intervalUs)}` : '',
          content.info.threads.length > 1 ? `${content.info.threads.length} threads` : '',
        ]
      : content.kind === 'hlog'
        ? [`${content.model.tags.length} ${content.model.tags.length === 1 ? 'series' : 'series by tag'}`]
        : [];
  return (
    <header class="page-header">
      <div class="title">
        <h1>{'title' in content ? visible(content.title, 200) : ''}</h1>
        {content.kind === 'profile' && content.types && <SampleTypeSelect types={content.types} />}
        {content.kind === 'profile' && <RangeChip model={model} originUs={content.info.extent.startUs} />}
      </div>
      <p class="facts">
        {facts
          .filter((fact) => fact !== '')
          .map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
      </p>
    </header>
  );
}

/** '' where the file tells none. */
function durationOf({ startUs, endUs }: TimeRange): string {
  return endUs > startUs ? formatUs(endUs - startUs) : '';
}

function resultFacts({ startedAt, host }: ResultPage): string[] {
  return [momentOf(startedAt), ...(host === null ? [] : machineOf(host))].map((fact) => visible(fact, 120));
}

const endings: Readonly<Record<'cancelled' | 'failed' | 'unfinished', string>> = {
  cancelled: 'cancelled: what was found until then',
  failed: 'failed: what was found until then',
  unfinished: 'not finished: what was found so far',
};

function ResultChip({ result }: { readonly result: ResultPage }): JSX.Element | null {
  if (result.kind !== 'doctor') {
    return result.state === 'complete' ? null : (
      <span class="chip chip-warning">
        <Icon name="warning" /> {endings[result.state]}
      </span>
    );
  }
  return result.valid ? (
    <span class="chip chip-good">
      <Icon name="pass" /> fit for measuring
    </span>
  ) : (
    <span class="chip chip-bad">
      <Icon name="fail" /> not fit for measuring
    </span>
  );
}

/** In the reader's own way of writing. */
export function momentOf(startedAt: string): string {
  return new Date(startedAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function machineOf(host: HostFacts): string[] {
  return [`${host.cpuCount} × ${host.cpuModel}, ${formatBytes(host.memoryBytes)}`, host.os];
}

function runFacts(manifest: Manifest): string[] {
  const { git, host, scenario, targets } = manifest;
  const { arrivals } = scenario.load;
  const commit = git
    ? `${git.commit.slice(0, 8)}${git.branch === null ? '' : ` on ${git.branch}`}${git.dirty ? ', modified' : ''}`
    : null;
  const facts = [
    momentOf(manifest.startedAt),
    commit,
    arrivalsText(arrivals),
    targets.map((target) => target.runtime).join(', '),
    ...machineOf(host),
  ];
  return facts.filter((fact): fact is string => fact !== null && fact !== '').map((fact) => visible(fact, 120));
}

/** Whether a measurement can be believed. */
export function Trust({ verdict, state }: Pick<Manifest, 'verdict' | 'state'>): JSX.Element | null {
  if (state !== 'complete') {
    return (
      <span class="chip chip-warning">
        <Icon name="warning" /> {state === 'running' ? 'still running' : state}
      </span>
    );
  }
  if (!verdict) return null;
  return verdict.valid ? (
    <span class="chip chip-good" title="The load generator kept its schedule: the figures are the service’s.">
      <Icon name="pass" /> valid measurement
    </span>
  ) : (
    <span class="chip chip-bad">
      <Icon name="fail" /> invalid measurement
    </span>
  );
}

function RangeChip({
  model,
  originUs,
}: {
  readonly model: RangeModel | null;
  readonly originUs: number;
}): JSX.Element | null {
  const { brush } = usePage();
  if (!model || model.whole) return null;
  const { startUs, endUs, response } = model.range;
  const step = (endUs - startUs) / 1e6 / 20;
  const clock = (us: number): string => formatClock((us - originUs) / 1e6, step);
  return (
    <span class="chip chip-range">
      {clock(startUs)} – {clock(endUs)}
      {response && ` · ${formatUs(response.fromUs)} – ${formatUs(response.toUs)}`}
      {model.requests > 0 && ` · ${formatCount(model.requests)} requests`}
      <button type="button" aria-label="Clear the range" title="Clear the range" onClick={() => brush(null, true)}>
        <Icon name="fail" />
      </button>
    </span>
  );
}
