import { longestTypeName } from '../src/profile/formats/importer.ts';
import type { ViewName } from '../src/protocol.ts';
import type { Brushed } from '../src/trace/analysis.ts';
import { brushedOf } from '../src/trace/brushed.ts';
import type { FlameMode } from './model/messages.ts';

/** What the person chose; survives a reload of the page. */
export interface PageState {
  readonly view: ViewName;
  readonly mode: FlameMode;
  /** null: the whole measured window. */
  readonly range: Brushed | null;
  readonly search: string;
  readonly filter: string;
  /** Index into the profile's threads, -1 for all. */
  readonly thread: number;
  /** The function in the middle of a sandwich, -1 for none. */
  readonly frame: number;
  /** Which of a profile's several sample types is shown, null: the file's own choice. */
  readonly sampleType: string | null;
  /** Charts shown as tables. */
  readonly tables: readonly string[];
  readonly logScale: boolean;
  /** The brushes stand above the flamegraph. */
  readonly picker: boolean;
  /** The flamegraph is coloured by how code ran, where the profile tells it. */
  readonly byTier: boolean;
}

export const initialState: PageState = {
  view: 'overview',
  mode: 'tail',
  range: null,
  search: '',
  filter: '',
  thread: -1,
  frame: -1,
  sampleType: null,
  tables: [],
  logScale: true,
  picker: false,
  byTier: false,
};

const views: readonly ViewName[] = ['overview', 'compare', 'timeline', 'flamegraph', 'functions', 'findings'];
const modes: readonly FlameMode[] = ['time', 'heavy', 'tail', 'sandwich'];

/** What was saved, as far as it still makes sense: it may come from another version, or be damaged. */
export function restoreState(saved: unknown): PageState {
  if (typeof saved !== 'object' || saved === null) return initialState;
  const state = saved as Partial<Record<keyof PageState, unknown>>;
  const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 1000) : '');
  const index = (value: unknown): number => (Number.isInteger(value) ? Number(value) : -1);
  return {
    view: views.find((view) => view === state.view) ?? initialState.view,
    mode: modes.find((mode) => mode === state.mode) ?? initialState.mode,
    range: brushedOf(state.range),
    search: text(state.search),
    filter: text(state.filter),
    thread: index(state.thread),
    frame: index(state.frame),
    sampleType:
      typeof state.sampleType === 'string' && state.sampleType.length <= longestTypeName ? state.sampleType : null,
    tables: Array.isArray(state.tables) ? state.tables.filter((entry) => typeof entry === 'string') : [],
    logScale: state.logScale !== false,
    picker: state.picker === true,
    byTier: state.byTier === true,
  };
}
