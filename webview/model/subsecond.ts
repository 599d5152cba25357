import { subsecondCpu, subsecondGrid } from '../../src/profile/queries/subsecond.ts';
import type { Profile } from '../../src/profile/tables.ts';
import type { Run } from '../../src/run/model.ts';
import type { TimeRange } from '../../src/trace/analysis.ts';
import { subsecondLatency } from '../../src/trace/subsecondLatency.ts';
import type { SubsecondModel, SubsecondOf } from './messages.ts';

/** The subsecond heatmap over all that was recorded: what the brush picks its stretch from. Null where nothing has a time. */
export function subsecondModel(
  run: Run | null,
  profile: Profile | null,
  extent: TimeRange,
  question: { readonly of: SubsecondOf; readonly thread: number },
): SubsecondModel | null {
  const grid = subsecondGrid(extent.startUs, extent.endUs);
  if (question.of === 'latency') {
    if (!run || run.requests.length === 0) return null;
    const cells = subsecondLatency(run.requests, grid);
    return { of: 'latency', grid, cells, most: greatest(cells) };
  }
  if (!profile || profile.timeless) return null;
  const cells = subsecondCpu(profile, grid, question.thread >= 0 ? [question.thread] : null);
  // A full cell is one core; several threads may fill more.
  const cellUs = grid.columnUs / grid.rows;
  for (const [cell, us] of cells.entries()) cells[cell] = us / cellUs;
  return { of: 'cpu', grid, cells, most: Math.max(1, greatest(cells)) };
}

function greatest(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}
