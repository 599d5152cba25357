import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { PlannedCell } from '../plan/matrix.ts';
import type { Scenario } from '../plan/scenario.ts';
import { createRunFolder, prepareRunsDir } from '../run/folder.ts';
import { measure, type MeasureOptions } from '../run/measure.ts';
import { openRun } from '../run/store.ts';
import { cellOf, scenarioIn } from './cell.ts';
import { writeMatrix } from './file.ts';
import { MATRIX_FORMAT, type Cell, type Matrix } from './model.ts';

export interface MatrixOptions extends MeasureOptions {
  /** The scenario measured for so long; asked anew for each cell, so that each gets free ports of its own. */
  readonly scenarioFor: (durationUs: number) => Promise<Scenario>;
  /** The folder is there, with no cell in it yet. */
  readonly onCreated: (dir: string) => void;
  /** @param index of `count`, from 0 */
  readonly onStart: (cell: PlannedCell, index: number, count: number) => void;
}

/**
 * Measures a scenario in several shapes, one after the other, each by a run of its own with targets started afresh. `matrix.json` in
 * a folder of its own among the runs is whole at every moment. A target that ends under a load makes its cell `failed`; cancelled,
 * what was measured until then is kept.
 *
 * @returns the folder and what stands in it
 * @throws SlowpathError what `measure` throws; the file then says `failed`
 */
export async function measureMatrix(
  scenario: string,
  planned: readonly PlannedCell[],
  options: MatrixOptions,
): Promise<{ readonly dir: string; readonly matrix: Matrix }> {
  const startedAt = new Date();
  await prepareRunsDir(options.runsDir);
  const { id, dir } = await createRunFolder(options.runsDir, `${scenario.slice(0, 32)} matrix`, startedAt);
  let matrix: Matrix = {
    format: MATRIX_FORMAT,
    id,
    scenario,
    startedAt: startedAt.toISOString(),
    state: 'running',
    error: null,
    planned,
    cells: [],
  };
  const update = async (change: Partial<Matrix>): Promise<void> => {
    matrix = { ...matrix, ...change };
    await writeMatrix(dir, matrix);
  };
  await update({});
  options.onCreated(dir);
  try {
    for (const [index, each] of planned.entries()) {
      if (options.signal.aborted) break;
      options.onStart(each, index, planned.length);
      const cell = await measureCell(each, options);
      if (cell === null) break;
      await update({ cells: [...matrix.cells, cell] });
    }
  } catch (error) {
    const failure = asSlowpathError(error);
    // Where the disk is full this can't be written either; what failed first is what counts.
    await update({ state: 'failed', error: { code: failure.code, message: failure.message } }).catch(() => undefined);
    throw failure;
  }
  await update({ state: options.signal.aborted ? 'cancelled' : 'complete' });
  return { dir, matrix };
}

/** Null if it was cut short before it measured anything. */
async function measureCell(planned: PlannedCell, options: MatrixOptions): Promise<Cell | null> {
  const seen: { dir: string | null } = { dir: null };
  const onEvent: MeasureOptions['onEvent'] = (event) => {
    if (event.type === 'created') seen.dir = event.dir;
    options.onEvent(event);
  };
  try {
    const scenario = scenarioIn(planned, await options.scenarioFor(planned.durationUs));
    const dir = await measure(scenario, { ...options, onEvent });
    return await cellOf(planned, await openRun(dir), dir);
  } catch (error) {
    if (options.signal.aborted) return null;
    if (!(seen.dir !== null && error instanceof SlowpathError && error.code === 'TARGET_EXITED')) throw error;
    const run = await openRun(seen.dir);
    // A target that ends before there is any load ends in every other cell too.
    if (run.manifest.window === null) throw error;
    return cellOf(planned, run, seen.dir);
  }
}
