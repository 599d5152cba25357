import { dirname, join, resolve } from 'node:path';
import { MATRIX_FILE } from '../matrix/file.ts';
import type { Matrix } from '../matrix/model.ts';
import { runMatrix } from '../matrix/runMatrix.ts';
import { formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import { matrixPage } from '../report/matrixPage.ts';
import { matrixTable } from '../report/matrixTable.ts';
import { cellName } from '../report/matrixWords.ts';
import { floorOfCells } from '../results.ts';
import { runsDirOf } from '../run/folder.ts';
import { packResult } from '../run/pack.ts';
import type { Command } from './command.ts';
import { ExitCode } from './exitCodes.ts';
import { checkHtmlFile, writePage } from './htmlFile.ts';
import { tellKept } from './kept.ts';
import { planFileOf, shownPath } from './places.ts';
import { Progress } from './progress.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Measures a scenario in several shapes of load and prints them side by side.
 *
 * @throws SlowpathError of the plan, the words or a target; what was measured until then stays
 */
export async function matrixCommand(
  command: Extract<Command, { name: 'matrix' }>,
  around: Surroundings,
): Promise<ExitCode> {
  const { terminal, cwd } = around;
  const html = command.html === undefined ? null : resolve(cwd, command.html);
  if (html !== null) await checkHtmlFile(html);
  const { dir, matrix } = await measured(command, around);
  if (command.json) terminal.out(`${JSON.stringify(matrix, null, 2)}\n`);
  else terminal.out(matrixTable(matrix, { width: terminal.width, paint: terminal.paintOut }));
  const wrote = (file: string): void =>
    terminal.err(terminal.paintErr.dim(`wrote ${visible(shownPath(file, cwd), 500)}\n`));
  wrote(join(dir, MATRIX_FILE));
  if (html !== null) {
    const page = matrixPage(matrix, await floorOfCells(dirname(dir), matrix));
    await writePage(html, page.title, packResult(page));
    wrote(html);
  }
  return exitCodeOfMatrix(matrix);
}

/** A failure after the folder was made tells where that is. */
async function measured(
  command: Extract<Command, { name: 'matrix' }>,
  { terminal, cwd, env, signal }: Surroundings,
): Promise<{ readonly dir: string; readonly matrix: Matrix }> {
  const planFile = planFileOf(command.plan, cwd);
  const workspaceFolder = dirname(planFile);
  const { scenario, allowRemote: confirmRemote } = command;
  const progress = new Progress(terminal, { verbose: false });
  const seen: { dir: string | null } = { dir: null };
  const onAbort = (): void =>
    progress.line(terminal.paintErr.yellow('stopping; what was measured is kept (Ctrl+C again stops at once)'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await runMatrix(
      { planFile, scenario, workspaceFolder, env, asked: command, confirmRemote },
      {
        runsDir: command.out === undefined ? runsDirOf(workspaceFolder) : resolve(cwd, command.out),
        signal,
        onEvent: progress.onEvent,
        onCreated: (dir) => (seen.dir = dir),
        onStart: (cell) => progress.line(`measuring ${cellName(cell)} for ${formatUs(cell.durationUs)}`),
      },
    );
  } catch (error) {
    progress.end();
    tellKept(seen.dir, error, terminal, cwd);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    progress.end();
  }
}

/** Fails closed: good only if every cell is valid, met its objectives, and no drift is there or left untold. */
export function exitCodeOfMatrix({ state, cells }: Matrix): ExitCode {
  if (state === 'cancelled') return ExitCode.cancelled;
  if (cells.some(({ outcome }) => outcome === 'failed')) return ExitCode.targetFailed;
  const drifts = cells.flatMap(({ soak }) => soak?.drifts ?? []);
  const grows = drifts.some(({ verdict, trend }) => verdict === 'drifts' && (trend?.slope ?? 0) > 0);
  if (grows || cells.some(({ outcome }) => outcome === 'slo')) return ExitCode.sloMissed;
  const untold = drifts.some(({ verdict }) => verdict === 'untold');
  return untold || cells.length === 0 || cells.some(({ outcome }) => outcome === 'invalid')
    ? ExitCode.invalid
    : ExitCode.good;
}
