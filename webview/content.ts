import type { SampleTypes } from '../src/profile/formats/importer.ts';
import type { RunPreview, ViewName } from '../src/protocol.ts';
import type { ResultPage } from '../src/report/resultPage.ts';
import type { HlogModel, ProfileInfo, RunInfo } from './model/messages.ts';

/** What the page shows. */
export type Content =
  | { readonly kind: 'loading'; readonly title: string; readonly run: RunPreview | null }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }
  | { readonly kind: 'hlog'; readonly title: string; readonly model: HlogModel }
  | { readonly kind: 'result'; readonly title: string; readonly result: ResultPage }
  | ProfileContent
  | RunContent;

export interface ProfileContent {
  readonly kind: 'profile';
  readonly title: string;
  readonly info: ProfileInfo;
  /** What else its file can be read as; null where it can't be. */
  readonly types: SampleTypes | null;
  /** Counts what was opened: the same file as another type is other figures. */
  readonly opening: number;
}

export interface RunContent {
  readonly kind: 'run';
  readonly title: string;
  readonly info: RunInfo;
  readonly baselineTitle: string | null;
}

export interface ViewEntry {
  readonly name: ViewName;
  readonly label: string;
  readonly count: number | null;
}

/** The views that have something to show. */
export function viewsOf(content: Content): ViewEntry[] {
  const entry = (name: ViewName, label: string, count: number | null = null): ViewEntry => ({ name, label, count });
  const profileViews = [entry('flamegraph', 'Flamegraph'), entry('functions', 'Functions')];
  switch (content.kind) {
    case 'loading':
    case 'error':
    case 'hlog':
    case 'result':
      return [];
    case 'profile':
      return profileViews;
    case 'run':
      return [
        entry('overview', 'Overview'),
        ...(content.info.compare ? [entry('compare', 'Compare')] : []),
        ...(content.info.timeline ? [entry('timeline', 'Timeline')] : []),
        ...profileViews,
        entry('findings', 'Findings', content.info.findings.length),
      ];
  }
}
