import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { advise } from './advice/advise.ts';
import type { Finding } from './advice/finding.ts';
import type { Scenario } from './plan/scenario.ts';
import { measure, type MeasureOptions } from './run/measure.ts';
import type { Run } from './run/model.ts';
import { openRun, readStoredFindings, writeFindings } from './run/store.ts';
import { analyse } from './trace/analyse.ts';
import type { Analysis } from './trace/analysis.ts';

/** A run with what was worked out from it. */
export interface Profiled {
  readonly dir: string;
  readonly run: Run;
  readonly analysis: Analysis;
  readonly findings: readonly Finding[];
}

/**
 * Measures a scenario, works out why its slow requests were slow, and stores the findings beside the record. Shared by the
 * command line and the editor's runner. A cancelled run comes back too, with what there is.
 *
 * @throws SlowpathError what `measure` throws
 */
export async function profileScenario(scenario: Scenario, options: MeasureOptions): Promise<Profiled> {
  const dir = await measure(scenario, options);
  options.onEvent({ type: 'phase', phase: 'analysing' });
  const profiled = review(dir, await openRun(dir), null);
  await writeFindings(dir, profiled.findings);
  return profiled;
}

/**
 * Opens a recorded run with its analysis and findings; the findings are worked out again where none are stored. Writes
 * nothing.
 *
 * @throws SlowpathError RUN_NOT_FOUND, RUN_UNREADABLE, RUN_FUTURE_FORMAT
 */
export async function openProfiled(dir: string): Promise<Profiled> {
  return review(dir, await openRun(dir), await readStoredFindings(dir));
}

function review(dir: string, run: Run, stored: readonly Finding[] | null): Profiled {
  const analysis = analyse(run);
  const readSource = sourceReader(run.manifest.scenario.workspaceFolder);
  return { dir, run, analysis, findings: stored ?? advise({ run, analysis, readSource }) };
}

const MAX_SOURCE_BYTES = 2 * 1024 * 1024;

/** Reads source files of the workspace, links resolved, and nothing outside it: profiles name files freely. */
function sourceReader(workspaceFolder: string): (file: string) => string | null {
  const texts = new Map</* file */ string, string | null>();
  return (file) => {
    let text = texts.get(file);
    if (text === undefined) {
      text = readInside(workspaceFolder, file);
      texts.set(file, text);
    }
    return text;
  };
}

function readInside(folder: string, file: string): string | null {
  try {
    const path = realpathSync(resolve(folder, file));
    const fromFolder = relative(realpathSync(folder), path);
    if (fromFolder === '' || fromFolder.startsWith('..') || isAbsolute(fromFolder)) return null;
    const facts = statSync(path);
    return facts.isFile() && facts.size <= MAX_SOURCE_BYTES ? readFileSync(path, 'utf8') : null;
  } catch {
    return null;
  }
}
