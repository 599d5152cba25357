import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { messageOf } from '../src/errors.ts';
import type { MessageToPage, ViewName } from '../src/protocol.ts';
import type { Brushed } from '../src/trace/analysis.ts';
import { Button, Progress } from './components/controls.tsx';
import { Header } from './components/header.tsx';
import { Tabs } from './components/tabs.tsx';
import { type Content, type ProfileContent, type RunContent, viewsOf } from './content.ts';
import type { Host } from './host.ts';
import type { RangeModel } from './model/messages.ts';
import { isSource } from './format.ts';
import { type Page, PageContext, usePage } from './page.ts';
import { type PageState, restoreState } from './pageState.ts';
import { onThemeChange, readPalette } from './theme.ts';
import { CompareView } from './views/compare.tsx';
import { FindingsView } from './views/findings.tsx';
import { FlamegraphView } from './views/flamegraph.tsx';
import { FunctionsView } from './views/functions.tsx';
import { HlogView } from './views/hlog.tsx';
import { KnownFigures, LoadingView } from './views/loading.tsx';
import { NoProfile } from './views/noProfile.tsx';
import { OverviewView } from './views/overview.tsx';
import { ResultView } from './views/result.tsx';
import { TimelineView } from './views/timeline.tsx';
import type { WorkerClient } from './workerClient.ts';

export function App({ host, worker }: { readonly host: Host; readonly worker: WorkerClient }): JSX.Element {
  const [content, setContent] = useState<Content>({ kind: 'loading', title: '', run: null });
  const [model, setModel] = useState<RangeModel | null>(null);
  const [state, setState] = useState<PageState>(() => restoreState(host.loadState()));
  const [palette, setPalette] = useState(() => readPalette(document));
  const [finding, setFinding] = useState<number | null>(null);
  const forgetFinding = useCallback(() => setFinding(null), []);
  const live = useRef<HTMLDivElement>(null);

  const change = useCallback(
    (changes: Partial<PageState>) =>
      setState((before) => {
        const after = { ...before, ...changes };
        host.saveState(after);
        return after;
      }),
    [host],
  );

  const openings = useRef(0);
  const fail = useCallback((error: unknown) => {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'INTERNAL';
    setContent({ kind: 'error', code, message: messageOf(error) });
  }, []);
  const [busy, setBusy] = useState(false);
  const askRange = useRangeAsker(worker, { answered: setModel, fail, busy: setBusy });

  const receive = useCallback(
    async (message: MessageToPage) => {
      switch (message.type) {
        case 'loading':
          setContent({ kind: 'loading', title: message.title, run: message.run });
          return;
        case 'error':
          setContent({ kind: 'error', code: message.code, message: message.message });
          setBusy(false);
          // A type that can't be shown, or that the file no longer has, must not keep it from opening the next time.
          change({ sampleType: null });
          return;
        case 'reveal':
          change({ view: message.view });
          setFinding(message.finding);
          return;
        default:
          try {
            const opened = await open(worker, message, restoreState(host.loadState()), ++openings.current);
            setContent(opened);
            if (opened.kind === 'profile') setModel(null);
            const { range } = restoreState(host.loadState());
            if (opened.kind === 'run' || opened.kind === 'profile') askRange(range);
            // The editor keeps what is brushed of a run, of a file the page alone does.
            if (opened.kind === 'profile' && range) host.post({ type: 'rangeChanged', range });
          } catch (error) {
            fail(error);
          }
      }
    },
    [host, worker, change, askRange, fail],
  );

  useEffect(() => host.listen((message) => void receive(message)), [host, receive]);
  useEffect(() => onThemeChange(document, () => setPalette(readPalette(document))), []);

  const page = useMemo<Page>(
    () => ({
      host,
      worker,
      palette,
      state,
      change,
      openSource: (file, line, column = 1, beside = false) => {
        if (file !== null && isSource(file))
          host.post({ type: 'openSource', file, line: Math.max(1, line), column: Math.max(1, column), beside });
      },
      brush: (range, settled) => {
        askRange(range);
        if (!settled) return;
        change({ range });
        host.post({ type: 'rangeChanged', range });
      },
      chooseSampleType: (name) => {
        change({ sampleType: name });
        setBusy(true);
        host.post({ type: 'sampleType', name });
      },
      announce: (text) => {
        if (live.current) live.current.textContent = text;
      },
    }),
    [host, worker, palette, state, change, askRange],
  );

  return (
    <PageContext.Provider value={page}>
      <Shell content={content} model={model} finding={finding} onRevealed={forgetFinding} busy={busy} />
      <div ref={live} class="visually-hidden" role="status" aria-live="polite" />
    </PageContext.Provider>
  );
}

function Shell(props: {
  readonly content: Content;
  readonly model: RangeModel | null;
  /** Index of a finding to bring into view. */
  readonly finding: number | null;
  readonly onRevealed: () => void;
  /** Figures for another range are on their way. */
  readonly busy: boolean;
}): JSX.Element {
  const { content, model, finding, onRevealed, busy } = props;
  const { host, state, change } = usePage();
  if (content.kind === 'loading') return <LoadingView title={content.title} run={content.run} />;
  if (content.kind === 'error') {
    return (
      <main class="centre">
        <div role="alert">
          <h1>This can’t be shown</h1>
          <p>{content.message}</p>
          <p class="note">{content.code}</p>
          {host.kind === 'editor' && (
            <Button onClick={() => host.post({ type: 'command', command: 'showLog' })}>Show Log</Button>
          )}
        </div>
      </main>
    );
  }
  const views = viewsOf(content);
  const view = views.some((entry) => entry.name === state.view) ? state.view : (views[0]?.name ?? 'overview');
  return (
    <>
      <Header content={content} model={model} />
      {views.length > 1 && <Tabs views={views} value={view} onChange={(name) => change({ view: name })} />}
      <main aria-busy={busy}>
        <div
          class={`view view-${view}`}
          id="panel"
          {...(views.length > 1 ? { role: 'tabpanel', 'aria-labelledby': `tab-${view}` } : {})}
        >
          {content.kind === 'hlog' ? (
            <HlogView model={content.model} />
          ) : content.kind === 'result' ? (
            <ResultView result={content.result} />
          ) : (
            <View
              key={content.kind === 'profile' ? content.opening : 0}
              view={view}
              content={content}
              model={model}
              finding={finding}
              onRevealed={onRevealed}
            />
          )}
        </div>
      </main>
    </>
  );
}

function View(props: {
  readonly view: ViewName;
  readonly content: RunContent | ProfileContent;
  readonly model: RangeModel | null;
  readonly finding: number | null;
  readonly onRevealed: () => void;
}): JSX.Element {
  const { view, content, model, finding, onRevealed } = props;
  const profile = content.kind === 'run' ? content.info.profile : content.info;
  if (!model && (content.kind === 'run' || view !== 'flamegraph')) {
    return (
      <>
        {content.kind === 'run' && view === 'overview' && <KnownFigures {...content.info.manifest} />}
        <Progress label="Analysing…" />
      </>
    );
  }
  if (content.kind === 'run' && model) {
    switch (view) {
      case 'overview':
        return <OverviewView info={content.info} model={model} />;
      case 'compare':
        return <CompareView info={content.info} baselineTitle={content.baselineTitle ?? 'baseline'} />;
      case 'timeline':
        return <TimelineView info={content.info} model={model} />;
      case 'findings':
        return <FindingsView info={content.info} reveal={finding} onRevealed={onRevealed} />;
      case 'flamegraph':
      case 'functions':
        break;
    }
  }
  if (!profile) return <NoProfile gaps={content.kind === 'run' ? content.info.manifest.gaps : []} />;
  return view === 'functions' && model ? (
    <FunctionsView profile={profile} model={model} />
  ) : (
    <FlamegraphView
      profile={profile}
      model={model}
      hasRequests={content.kind === 'run' && content.info.timeline !== null}
      whole={content.kind === 'run' ? content.info.window : profile.timeless ? null : profile.extent}
    />
  );
}

async function open(
  worker: WorkerClient,
  message: Extract<MessageToPage, { type: 'run' | 'profile' | 'hlog' | 'result' }>,
  state: PageState,
  opening: number,
): Promise<Content> {
  const { title } = message;
  switch (message.type) {
    case 'run': {
      const baseline = message.baseline?.run ?? null;
      const request = { type: 'openRun', run: message.run, baseline } as const;
      const info = await worker.ask(request, baseline ? [message.run, baseline] : [message.run]);
      return { kind: 'run', title, info, baselineTitle: message.baseline?.title ?? null };
    }
    case 'profile': {
      const opened = worker.ask({ type: 'openProfile', profile: message.profile }, [message.profile]);
      // The picture is wanted next: asked for right away, it is laid out while the page is built.
      const { mode, range, frame } = state;
      if (mode === 'heavy' || mode === 'tail')
        worker.prefetch({ type: 'flame', mode: 'heavy', range, thread: -1, frame: -1 });
      else if (mode === 'sandwich') worker.prefetch({ type: 'flame', mode, range, thread: -1, frame });
      return { kind: 'profile', title, info: await opened, types: message.types, opening };
    }
    case 'result':
      return { kind: 'result', title, result: message.result };
    case 'hlog':
      return { kind: 'hlog', title, model: await worker.ask({ type: 'openHlog', text: message.text }) };
  }
}

/** Asks for a range's figures; while one answer is under way only the latest further question is kept. */
function useRangeAsker(
  worker: WorkerClient,
  listener: {
    readonly answered: (model: RangeModel) => void;
    readonly fail: (error: unknown) => void;
    readonly busy: (busy: boolean) => void;
  },
): (range: Brushed | null) => void {
  const queue = useRef<{ busy: boolean; next: { readonly range: Brushed | null } | null }>({
    busy: false,
    next: null,
  });
  const { answered, fail, busy } = listener;
  return useCallback(
    (range) => {
      const pump = (wanted: Brushed | null): void => {
        queue.current.busy = true;
        busy(true);
        worker
          .ask({ type: 'range', range: wanted })
          .then(answered, fail)
          .finally(() => {
            const { next } = queue.current;
            queue.current.next = null;
            if (next) {
              pump(next.range);
            } else {
              queue.current.busy = false;
              busy(false);
            }
          });
      };
      if (queue.current.busy) queue.current.next = { range };
      else pump(range);
    },
    [worker, answered, fail, busy],
  );
}
