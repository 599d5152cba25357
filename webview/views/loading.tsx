import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { visible } from '../../src/plan/visible.ts';
import type { RunPreview } from '../../src/protocol.ts';
import type { Manifest } from '../../src/run/model.ts';
import { Progress } from '../components/controls.tsx';
import { momentOf, Trust } from '../components/header.tsx';
import { figuresOfSummary, Tiles } from '../components/tiles.tsx';
import { Objectives } from './objectives.tsx';

/** What is known of a run before its requests and samples are read: its name, whether to believe it, its figures. */
export function LoadingView({ title, run }: { readonly title: string; readonly run: RunPreview | null }): JSX.Element {
  if (!run) {
    return (
      <main class="centre">
        <div>
          <Progress label={title === '' ? 'Opening…' : `Opening ${title}…`} />
          <Patience />
        </div>
      </main>
    );
  }
  return (
    <>
      <header class="page-header">
        <div class="title">
          <h1>{visible(run.scenario, 200)}</h1>
          <Trust verdict={run.verdict} state={run.state} />
        </div>
        <p class="facts">
          <span>{momentOf(run.startedAt)}</span>
        </p>
      </header>
      <main aria-busy="true">
        <div class="view view-overview">
          <KnownFigures summary={run.summary} verdict={run.verdict} />
          <Progress label="Reading the requests and samples…" />
        </div>
      </main>
    </>
  );
}

/** What is open sooner needs no word. */
const patientSeconds = 4;

/** That it goes on, and how it ends, where it takes long. */
function Patience(): JSX.Element | null {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  if (seconds < patientSeconds) return null;
  return (
    <p class="empty">
      <span role="status">A file of some hundred megabytes takes minutes. Closing the tab ends it.</span>{' '}
      <span aria-hidden="true">{seconds} s so far.</span>
    </p>
  );
}

/** The run's own summary, where it can be believed (architecture, law 7). */
export function KnownFigures({ summary, verdict }: Pick<Manifest, 'summary' | 'verdict'>): JSX.Element | null {
  if (!summary || verdict?.valid !== true) return null;
  return (
    <>
      <Tiles figures={figuresOfSummary(summary)} slo={summary.slo} />
      {summary.slo.length > 0 && <Objectives slo={summary.slo} />}
    </>
  );
}
