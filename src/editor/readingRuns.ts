import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { openProfiled, type Profiled } from '../profileScenario.ts';
import { readStoredResult, resultPage } from '../results.ts';
import { packResult, packRun } from '../run/pack.ts';
import { otherProfiles } from '../run/profiles.ts';
import { listRuns as listRunsIn, type RunEntry } from '../run/store.ts';
import { writeExportFile } from '../report/exportFile.ts';
import type { ExportFormat, ExportView } from '../report/exportFormats.ts';
import { exported } from '../report/exporting.ts';
import { standaloneHtml } from '../report/html.ts';
import { analyse } from '../trace/analyse.ts';
import { diffHeat as diffHeatOf } from '../trace/compareRuns.ts';
import type { Brushed } from '../trace/analysis.ts';
import { functionCallers, type FunctionCallers } from '../trace/functionCallers.ts';
import type { DiffReading, RunItem, RunReading } from './analysisMessages.ts';
import { hottestLines, mostCallers, mostFunctions, mostLines } from './heatRows.ts';
import { timedTitle } from './timeText.ts';

/** The runs read last: brushing in a report asks for the same one again and again. */
const opened = new Map</* folder */ string, Promise<Profiled>>();
const keptRuns = 2;

/** @throws SlowpathError RUN_* */
export async function readRun({ dir, range }: { dir: string; range: Brushed | null }): Promise<RunReading> {
  const { run, findings, analysis: whole } = await open(dir);
  const { manifest } = run;
  const analysis = range === null ? whole : analyse(run, { range });
  return {
    dir,
    id: manifest.id,
    scenario: manifest.scenario.name,
    workspaceFolder: manifest.scenario.workspaceFolder,
    startedAtMs: Date.parse(manifest.startedAt),
    range,
    tailQuantile: analysis.tail?.quantile ?? null,
    functions: analysis.functions.slice(0, mostFunctions),
    lines: hottestLines(analysis.lines),
    findings,
    otherProfiles: otherProfiles(manifest).map((name) => join(dir, name)),
  };
}

/** @throws SlowpathError RUN_* */
export async function callers({
  dir,
  range,
  frame,
}: {
  dir: string;
  range: Brushed | null;
  frame: number;
}): Promise<FunctionCallers | null> {
  const { run } = await open(dir);
  return functionCallers(run, range, frame, mostCallers);
}

/** @throws SlowpathError RUN_*, USAGE where the two have nothing to compare. */
export async function diffHeat({
  dir,
  range,
  baseline,
}: {
  dir: string;
  range: Brushed | null;
  baseline: string;
}): Promise<DiffReading> {
  const [{ run }, { run: before }] = await Promise.all([open(dir), open(baseline)]);
  const heat = diffHeatOf(before, run, range);
  if (!heat)
    throw new SlowpathError(
      'USAGE',
      `${run.manifest.id} and ${before.manifest.id} do not both have a profile of the same kind: measure both with "collect": { "cpu": … } in the plan.`,
    );
  const { scenario, startedAt } = before.manifest;
  return {
    baseline: { dir: baseline, title: timedTitle(scenario.name, startedAt), startedAtMs: Date.parse(startedAt) },
    heat: { ...heat, functions: heat.functions.slice(0, mostFunctions), lines: heat.lines.slice(0, mostLines) },
  };
}

/** @throws SlowpathError RUN_* */
export async function packRunOf({
  dir,
}: {
  dir: string;
}): Promise<{ title: string; timedTitle: string; run: ArrayBuffer }> {
  const { run, findings } = await open(dir);
  const { scenario, startedAt } = run.manifest;
  return { title: scenario.name, timedTitle: timedTitle(scenario.name, startedAt), run: packRun(run, findings) };
}

export async function knowsFile({ dir, file }: { dir: string; file: string }): Promise<boolean> {
  const { run, findings } = await open(dir);
  if (findings.some((finding) => finding.file === file)) return true;
  const { profile } = run;
  if (!profile) return false;
  const index = profile.strings.indexOf(file);
  return index >= 0 && profile.frames.file.includes(index);
}

/** Newest first; a folder that does not open stands there with the reason. */
export async function listRuns({ runsDirs }: { runsDirs: readonly string[] }): Promise<RunItem[]> {
  const lists = await Promise.all(
    runsDirs.map(async (runsDir) => (await listRunsIn(runsDir)).map((entry) => itemOf(runsDir, entry))),
  );
  return lists.flat().sort((a, b) => b.id.localeCompare(a.id));
}

/** Writes one self-contained page. @throws SlowpathError RUN_WRITE_FAILED */
export async function saveHtml({
  dir,
  baseline,
  file,
  pageDirectory,
}: {
  dir: string;
  baseline: string | null;
  file: string;
  pageDirectory: string;
}): Promise<null> {
  const result = await readStoredResult(dir);
  const page = result && resultPage(result);
  const { title, run } = page ? { title: page.title, run: packResult(page) } : await packRunOf({ dir });
  const [js = '', css = '', controls = ''] = await Promise.all(
    ['report.js', 'report.css', 'controls.js'].map((name) => readFile(join(pageDirectory, name), 'utf8')),
  );
  const other = baseline === null ? null : await packRunOf({ dir: baseline });
  const html = standaloneHtml({
    title,
    packed: run,
    ...(other && { baseline: { title: other.timedTitle, packed: other.run } }),
    page: { js, css, controls },
  });
  try {
    await writeFile(file, html);
  } catch (error) {
    throw new SlowpathError('RUN_WRITE_FAILED', `${file} cannot be written; choose another place.`, { cause: error });
  }
  return null;
}

/** Writes a run for another tool. @throws SlowpathError USAGE, RUN_WRITE_FAILED */
export async function exportRun({
  dir,
  format,
  view,
  file,
}: {
  dir: string;
  format: ExportFormat;
  view: ExportView;
  file: string;
}): Promise<null> {
  const { run } = await open(dir);
  await writeExportFile(file, exported({ kind: 'run', run }, format, view));
  return null;
}

function open(dir: string): Promise<Profiled> {
  const known = opened.get(dir);
  if (known) return known;
  const reading = openProfiled(dir).then((profiled) => {
    // A run that is still being written is read afresh each time.
    if (profiled.run.manifest.state === 'running') opened.delete(dir);
    return profiled;
  });
  reading.catch(() => opened.delete(dir));
  opened.set(dir, reading);
  for (const oldest of [...opened.keys()].slice(0, -keptRuns)) opened.delete(oldest);
  return reading;
}

function itemOf(runsDir: string, { id, dir, manifest, problem }: RunEntry): RunItem {
  const workspace = basename(dirname(dirname(runsDir)));
  if (!manifest) return { id, dir, workspace, manifest: unknownManifest, error: problem.message };
  const { state, error, startedAt, verdict, summary, scenario } = manifest;
  return {
    id,
    dir,
    workspace,
    manifest: { state, error, startedAt, verdict, summary, scenario: scenario.name },
    error: null,
  };
}

const unknownManifest: RunItem['manifest'] = {
  state: 'incomplete',
  error: null,
  startedAt: '',
  verdict: null,
  summary: null,
  scenario: '',
};
