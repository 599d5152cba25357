import { dirname, join, resolve } from 'node:path';
import { MATRIX_FILE } from '../matrix/file.ts';
import { measureMatrix } from '../matrix/measureMatrix.ts';
import type { Matrix } from '../matrix/model.ts';
import { loadPlanFile } from '../plan/load.ts';
import { resolveMatrix } from '../plan/resolveMatrix.ts';
import { resolveScenario, type ResolveOptions } from '../plan/resolve.ts';
import { formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import { matrixTable } from '../report/matrixTable.ts';
import { cellName } from '../report/matrixWords.ts';
import { runsDirOf } from '../run/folder.ts';
import type { Command } from './arguments.ts';
import { ExitCode } from './exitCodes.ts';
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
  { terminal, cwd, env, signal }: Surroundings,
): Promise<ExitCode> {
  const file = planFileOf(command.plan, cwd);
  const { plan } = await loadPlanFile(file);
  const workspaceFolder = dirname(file);
  const options = (durationUs: number | undefined): ResolveOptions => ({
    name: command.scenario,
    file,
    workspaceFolder,
    env,
    durationUs,
    confirmRemote: command.allowRemote,
  });
  const planned = resolveMatrix(plan, options(undefined), command);
  const { name } = await resolveScenario(plan, options(command.durationUs));
  const progress = new Progress(terminal, { verbose: false });
  const onAbort = (): void =>
    progress.line(terminal.paintErr.yellow('stopping; what was measured is kept (Ctrl+C again stops at once)'));
  signal.addEventListener('abort', onAbort, { once: true });
  let measured: { readonly dir: string; readonly matrix: Matrix };
  try {
    measured = await measureMatrix(name, planned, {
      runsDir: command.out === undefined ? runsDirOf(workspaceFolder) : resolve(cwd, command.out),
      signal,
      scenarioFor: (durationUs) => resolveScenario(plan, options(durationUs)),
      onEvent: progress.onEvent,
      onStart: (cell) => progress.line(`measuring ${cellName(cell)} for ${formatUs(cell.durationUs)}`),
      onCell: () => undefined,
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    progress.end();
  }
  const { dir, matrix } = measured;
  if (command.json) terminal.out(`${JSON.stringify(matrix, null, 2)}\n`);
  else terminal.out(matrixTable(matrix, { width: terminal.width, paint: terminal.paintOut }));
  terminal.err(terminal.paintErr.dim(`wrote ${visible(shownPath(join(dir, MATRIX_FILE), cwd), 500)}\n`));
  return exitCodeOfMatrix(matrix);
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
