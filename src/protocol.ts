/**
 * The messages between editor and report page: one discriminated union each way. Big data travels as one ArrayBuffer
 * (run/pack.ts), never as JSON and never inlined into the page.
 */
import type { SampleTypes } from './profile/formats/importer.ts';
import type { ResultPage } from './report/resultPage.ts';
import type { Manifest } from './run/model.ts';
import type { Brushed } from './trace/analysis.ts';

/** `compare` is there only with a baseline. */
export type ViewName = 'overview' | 'compare' | 'timeline' | 'flamegraph' | 'functions' | 'findings';

/** What a run's manifest tells without its requests and samples. */
export type RunPreview = Pick<Manifest, 'state' | 'startedAt' | 'verdict' | 'summary'> & { readonly scenario: string };

export type MessageToPage =
  /** A packed run with its findings; with `baseline`, a second one to compare against. */
  | {
      readonly type: 'run';
      readonly title: string;
      readonly run: ArrayBuffer;
      readonly baseline: { readonly title: string; readonly run: ArrayBuffer } | null;
    }
  /** A packed profile on its own: a `.cpuprofile` opened from the explorer. `types`: what else its file can be read as, where it can be. */
  | {
      readonly type: 'profile';
      readonly title: string;
      readonly profile: ArrayBuffer;
      readonly types: SampleTypes | null;
    }
  /** Text of an HdrHistogram interval log opened from the explorer. */
  | { readonly type: 'hlog'; readonly title: string; readonly text: string }
  /** What came of several runs, or of none: a search for the knee, an examination of the machine. */
  | { readonly type: 'result'; readonly title: string; readonly result: ResultPage }
  /** With what is known of a run before all of it is read. */
  | { readonly type: 'loading'; readonly title: string; readonly run: RunPreview | null }
  /** One sentence for a person. */
  | { readonly type: 'error'; readonly code: string; readonly message: string }
  | { readonly type: 'reveal'; readonly view: ViewName; readonly finding: number | null };

/** What the page asks the editor to do with what it shows. */
export type PageCommand = 'runAgain' | 'compareWith' | 'showHeatDiff' | 'saveHtml' | 'showLog';

export type MessageToEditor =
  /** With the sample type that was chosen before the page was hidden or reloaded; null: the file's own. */
  | { readonly type: 'ready'; readonly sampleType: string | null }
  /** Read the profile's file again, as this of its sample types. */
  | { readonly type: 'sampleType'; readonly name: string }
  | {
      readonly type: 'openSource';
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly beside: boolean;
    }
  /** The person brushed a part of the run: line heat and CodeLens follow. Null: the whole measured window. */
  | { readonly type: 'rangeChanged'; readonly range: Brushed | null }
  /** Name of a run beside the result that is shown. */
  | { readonly type: 'openRun'; readonly run: string }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'command'; readonly command: PageCommand }
  /** Something broke inside the page. */
  | { readonly type: 'pageError'; readonly message: string };
