import type { Gap } from '../gaps.ts';
import type { LoadProgress } from '../load/result.ts';
import type { TargetOutput } from '../target/target.ts';

/** The stages a person sees go by, in this order; a stage that does not apply is left out. */
export type MeasurePhase =
  'launching' | 'connecting' | 'warmup' | 'measuring' | 'draining' | 'collecting' | 'writing' | 'analysing';

/** What a run tells while it goes on. Plain data: it travels over IPC as it is. */
export type MeasureEvent =
  /** The run's folder is there and its manifest says `running`. */
  | { readonly type: 'created'; readonly id: string; readonly dir: string }
  | { readonly type: 'phase'; readonly phase: MeasurePhase }
  | { readonly type: 'progress'; readonly progress: LoadProgress }
  /** One line a target printed. Untrusted text. */
  | { readonly type: 'output'; readonly output: TargetOutput }
  /** One sentence for the log. */
  | { readonly type: 'log'; readonly text: string }
  /** Something could not be measured here; the run goes on. */
  | { readonly type: 'warning'; readonly gap: Gap };
