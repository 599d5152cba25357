/**
 * The worker thread of the extension host (dist/analysis.cjs): reads runs, profiles and plans, so that the host only draws
 * (architecture, law 5). Knows nothing of `vscode`.
 */
import { parentPort } from 'node:worker_threads';
import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { AnalysisAnswer, AnalysisOperation, AnalysisOperations, AnalysisRequest } from './analysisMessages.ts';
import { checkHlog } from './readingFiles.ts';
import { attachPlan, findProcesses, planText, readPlan } from './readingPlans.ts';
import { listResults, readResultPage } from './readingResults.ts';
import { callers, diffHeat, exportRun, knowsFile, listRuns, packRunOf, readRun, saveHtml } from './readingRuns.ts';

type Handlers = {
  readonly [Operation in AnalysisOperation]: (
    args: AnalysisOperations[Operation]['args'],
  ) => AnalysisOperations[Operation]['answer'] | Promise<AnalysisOperations[Operation]['answer']>;
};

const handlers: Handlers = {
  listRuns,
  listResults,
  readResult: readResultPage,
  readRun,
  callers,
  diffHeat,
  packRun: packRunOf,
  knowsFile,
  checkHlog,
  saveHtml,
  exportRun,
  readPlan,
  planText,
  findProcesses,
  attachPlan,
};

const port = parentPort;
if (!port) throw new SlowpathError('INTERNAL', 'This file is the worker thread of the extension; start it as one.');
port.on('message', (request: AnalysisRequest) => {
  void answer(request).then((message) => port.postMessage(message, transferables(message)));
});

async function answer(request: AnalysisRequest): Promise<AnalysisAnswer> {
  try {
    return { id: request.id, ok: true, value: await handle(request.operation, request.args) };
  } catch (thrown) {
    const error = asSlowpathError(thrown);
    return { id: request.id, ok: false, code: error.code, message: error.message };
  }
}

function handle(operation: AnalysisOperation, args: AnalysisOperations[AnalysisOperation]['args']): unknown {
  const handler = handlers[operation] as (value: unknown) => unknown;
  return handler(args);
}

/** Packed runs are handed over, not copied. */
function transferables(message: AnalysisAnswer): ArrayBuffer[] {
  if (!message.ok) return [];
  const { value } = message;
  if (typeof value !== 'object' || value === null) return [];
  const { run } = value as { run?: unknown };
  return run instanceof ArrayBuffer ? [run] : [];
}
