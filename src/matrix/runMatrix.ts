import { loadPlanFile } from '../plan/load.ts';
import { resolveScenario, type ResolveOptions } from '../plan/resolve.ts';
import { resolveMatrix, type AskedMatrix } from '../plan/resolveMatrix.ts';
import { measureMatrix, type MatrixOptions } from './measureMatrix.ts';
import type { Matrix } from './model.ts';

/** Which scenario to measure, and in which shapes. */
export interface MatrixRequest {
  readonly planFile: string;
  /** undefined: the plan's only one. */
  readonly scenario: string | undefined;
  readonly workspaceFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly asked: AskedMatrix;
  /** The person said yes to load on a machine that is not this one. */
  readonly confirmRemote: boolean;
}

/**
 * Measures a scenario in several shapes of load, from the plan's file to `matrix.json` beside the runs of its cells. Shared by
 * the command line and the editor's runner.
 *
 * @throws SlowpathError of the plan or what was asked for, before anything is measured or made; later as `measureMatrix`
 */
export async function runMatrix(
  request: MatrixRequest,
  options: Omit<MatrixOptions, 'scenarioFor'>,
): Promise<{ readonly dir: string; readonly matrix: Matrix }> {
  const { planFile, workspaceFolder, env, asked, confirmRemote } = request;
  const { plan } = await loadPlanFile(planFile);
  const resolving = (durationUs: number | undefined): ResolveOptions => ({
    name: request.scenario,
    file: planFile,
    workspaceFolder,
    env,
    durationUs,
    confirmRemote,
  });
  const planned = resolveMatrix(plan, resolving(undefined), asked);
  // A load that may not leave this machine is refused before anything is measured.
  const { name } = await resolveScenario(plan, resolving(asked.durationUs));
  return measureMatrix(name, planned, {
    ...options,
    scenarioFor: (durationUs) => resolveScenario(plan, resolving(durationUs)),
  });
}
