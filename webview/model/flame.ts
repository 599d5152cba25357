import type { StackWeights } from '../../src/profile/queries/slice.ts';
import { callTree } from '../../src/profile/queries/callTree.ts';
import { callees, callers } from '../../src/profile/queries/sandwich.ts';
import { timeOrderRows } from '../../src/profile/queries/timeOrder.ts';
import type { Profile } from '../../src/profile/tables.ts';
import type { Run } from '../../src/run/model.ts';
import type { Analysis, Brushed } from '../../src/trace/analysis.ts';
import { layoutOfCallers, layoutOfTime, layoutOfTree } from '../flame/arrange.ts';
import { emptyLayout } from '../flame/layout.ts';
import type { FlameMode, FlameModel } from './messages.ts';
import { tailLayout } from './tail.ts';

export interface FlameQuestion {
  readonly mode: FlameMode;
  readonly profile: Profile;
  readonly run: Run | null;
  readonly range: Brushed;
  /** Index into the profile's threads, -1 for all of them together. */
  readonly thread: number;
  /** The function in the middle of a sandwich, -1 if none is chosen. */
  readonly frame: number;
  readonly analysis: () => Analysis | null;
  /** The profile cut to the range and the thread. */
  readonly weights: () => StackWeights;
}

/** One flamegraph, laid out. */
export function flameModel(question: FlameQuestion): FlameModel {
  const { mode, profile, run, range, frame, weights } = question;
  const nothing = (empty: string): FlameModel => ({ mode, layout: emptyLayout, callers: null, empty });
  let model: FlameModel;
  switch (mode) {
    case 'time': {
      const rows = timeOrderRows(profile, { thread: Math.max(0, question.thread), range });
      model = { mode, layout: layoutOfTime(profile, rows, range.startUs, range.endUs), callers: null, empty: null };
      break;
    }
    case 'heavy':
      model = { mode, layout: layoutOfTree(profile, callTree(profile, weights())), callers: null, empty: null };
      break;
    case 'sandwich': {
      if (frame < 0)
        return nothing('Choose a function: select a box in another mode, or a row of the Functions table.');
      const selection = weights();
      model = {
        mode,
        layout: layoutOfTree(profile, callees(profile, selection, frame)),
        callers: layoutOfCallers(profile, callers(profile, selection, frame)),
        empty: null,
      };
      break;
    }
    case 'tail': {
      const analysis = question.analysis();
      if (!run || !analysis?.tail)
        return nothing('There are too few requests in this stretch of time to tell slow from typical.');
      model = { mode, layout: tailLayout(run, profile, analysis), callers: null, empty: null };
      break;
    }
  }
  return model.layout.frame.length === 0 ? nothing('No CPU samples in this stretch of time.') : model;
}
