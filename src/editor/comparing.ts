import * as vscode from 'vscode';
import { SlowpathError } from '../errors.ts';
import type { RunItem } from './analysisMessages.ts';
import type { Rooms } from './profiling.ts';
import { pickRun, theRun } from './reviewing.ts';
import { tabTitle, titleOf } from './runLabel.ts';

/** Opens a run's report at its comparison with another run. */
export async function compareWith(rooms: Rooms, dir: string | undefined): Promise<void> {
  const run = await theRun(rooms, dir ?? rooms.reports.active?.dir, vscode.l10n.t('Which run shall be compared?'));
  const baseline = run && (await pickBaseline(rooms, run));
  if (baseline) rooms.reports.reveal(run.dir, tabTitle(run), 'compare', { finding: null, baseline: baseline.dir });
}

/**
 * Shows in the code what a run costs more and less than a baseline; what is brushed of it stays so. Without arguments: the
 * pair of the report that has the focus; what is not known is asked for.
 */
export async function showHeatDiff(rooms: Rooms, dir: string | undefined, baseline: string | undefined): Promise<void> {
  const active = dir === undefined ? rooms.reports.active : undefined;
  const run = await theRun(rooms, dir ?? active?.dir, vscode.l10n.t('Which run’s heat shall be compared?'));
  if (!run) return;
  const before = baseline ?? active?.baseline ?? (await pickBaseline(rooms, run))?.dir;
  if (before !== undefined) await rooms.heat.show(run.dir, rooms.heat.rangeOf(run.dir), before);
}

/** Back to the run's own heat, of the same part of it. */
export async function endHeatDiff({ heat }: Rooms): Promise<void> {
  if (heat.shown && heat.diff) await heat.show(heat.shown.dir, heat.shown.range);
}

/** @throws SlowpathError USAGE where there is no other run. */
async function pickBaseline(rooms: Rooms, run: RunItem): Promise<RunItem | undefined> {
  const others = (await rooms.runs.list()).filter((other) => other.dir !== run.dir && other.error === null);
  if (others.length === 0)
    throw new SlowpathError(
      'USAGE',
      vscode.l10n.t('There is no other run to compare with yet: measure again after a change.'),
    );
  // Runs of the same scenario first: those are the ones a change is judged by.
  const same = (other: RunItem): number => (other.manifest.scenario === run.manifest.scenario ? 0 : 1);
  return pickRun(
    [...others].sort((a, b) => same(a) - same(b)),
    vscode.l10n.t('Compare {0} with which run?', titleOf(run)),
  );
}
