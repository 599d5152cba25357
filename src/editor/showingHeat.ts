import * as vscode from 'vscode';
import type { RunItem } from './analysisMessages.ts';
import type { OpenProfile } from './fileEditors.ts';
import type { Rooms } from './profiling.ts';
import { theRun } from './reviewing.ts';
import { runDescription, titleOf } from './runLabel.ts';

/** Whose heat is asked for: a run by its folder, a profile file by what its editor shows, or neither. */
export interface HeatAsked {
  readonly dir?: string | undefined;
  readonly uri?: vscode.Uri | undefined;
}

/**
 * Shows a run's or an open profile's heat (again, after it was cleared), of what is brushed there. Of the report or profile that has the
 * focus if not told which; without one it asks.
 * @throws SlowpathError RUN_*, FORMAT_*
 */
export async function showHeat(rooms: Rooms, { dir, uri }: HeatAsked): Promise<void> {
  const { files, reports, runs, heat } = rooms;
  const named = uri && files.open.find((profile) => profile.uri.toString() === uri.toString());
  const focused = named ?? (dir === undefined ? files.active : undefined);
  if (focused) return focused.showHeat();
  // What came of several runs has a report, but no heat.
  const inFront = reports.active && (await runs.find(reports.active.dir));
  const known = dir ?? inFront?.dir;
  const placeHolder = vscode.l10n.t('Whose heat shall be shown?');
  if (known !== undefined || files.open.length === 0) {
    const run = await theRun(rooms, known, placeHolder);
    if (run) await heat.show(run.dir, reports.brushedIn(run.dir));
    return;
  }
  const whole = (await runs.list()).filter(({ error }) => error === null);
  await (
    await pick(files.open, whole, placeHolder)
  )?.(rooms);
}

/** The open profiles first: they can be seen. */
async function pick(
  profiles: readonly OpenProfile[],
  runs: readonly RunItem[],
  placeHolder: string,
): Promise<((rooms: Rooms) => Promise<void>) | undefined> {
  const items = [
    ...profiles.map(({ title, showHeat: show }) => ({
      label: `$(file) ${title}`,
      description: vscode.l10n.t('open profile'),
      show,
    })),
    ...runs.map((run) => ({
      label: titleOf(run),
      description: runDescription(run),
      detail: run.id,
      show: ({ heat, reports }: Rooms) => heat.show(run.dir, reports.brushedIn(run.dir)),
    })),
  ];
  if (items.length === 1) return items[0]?.show;
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true, matchOnDetail: true }))
    ?.show;
}
