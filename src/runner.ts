/**
 * The process the editor measures in (architecture, law 5): one job, told by messages (runnerMessages.ts). When the channel
 * closes because the window is gone, it cancels, cleans up and ends.
 */
import { basename } from 'node:path';
import { findCapacity } from './capacity/findCapacity.ts';
import { asSlowpathError, SlowpathError } from './errors.ts';
import type { DoctorStep } from './load/doctor/figures.ts';
import { runMatrix } from './matrix/runMatrix.ts';
import { loadPlanFile } from './plan/load.ts';
import { resolveScenario } from './plan/resolve.ts';
import type { Scenario } from './plan/scenario.ts';
import type { Plan } from './plan/schema.ts';
import { profileScenario } from './profileScenario.ts';
import { cellName } from './report/matrixWords.ts';
import { examineMachine } from './run/doctor.ts';
import { keepDoctor } from './run/doctorRecord.ts';
import type { MeasureEvent } from './run/measureEvent.ts';
import type {
  CapacityMessage,
  DoctorMessage,
  MatrixMessage,
  MessageFromRunner,
  MessageToRunner,
  RunnerEvent,
  RunnerJob,
  StartMessage,
} from './runnerMessages.ts';

/** After this a clean-up is given up; the targets' guards see this process go and end them. */
const CLEAN_UP_MS = 30_000;

const stop = new AbortController();
let started = false;

process.on('message', (message: MessageToRunner) => {
  if (message.type === 'cancel') {
    stop.abort();
  } else if (!started) {
    started = true;
    void run(message);
  }
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
process.on('disconnect', leave);

function leave(): void {
  stop.abort();
  if (!started) process.exit(0);
  setTimeout(() => process.exit(1), CLEAN_UP_MS).unref();
}

/** Where something was recorded, also if it failed afterwards. */
interface Kept {
  dir: string | undefined;
}

async function run(job: RunnerJob): Promise<void> {
  const kept: Kept = { dir: undefined };
  try {
    const dir = await measured(job, kept);
    await tell({ type: 'done', dir, id: basename(dir) });
  } catch (error) {
    await tell(failure(asSlowpathError(error), kept.dir));
  }
  process.exit(0);
}

/** @returns the folder of what was recorded */
function measured(job: RunnerJob, kept: Kept): Promise<string> {
  switch (job.type) {
    case 'start':
      return measureScenario(job, kept);
    case 'capacity':
      return searchCapacity(job, kept);
    case 'matrix':
      return measureShapes(job, kept);
    case 'doctor':
      return examine(job);
  }
}

async function measureScenario(start: StartMessage, kept: Kept): Promise<string> {
  const scenario = await scenarioOf(start);
  const onEvent = (event: MeasureEvent): void => {
    if (event.type === 'created') kept.dir = event.dir;
    report(event);
  };
  const { dir } = await profileScenario(scenario, { runsDir: start.runsDir, signal: stop.signal, onEvent });
  return dir;
}

async function searchCapacity(job: CapacityMessage, kept: Kept): Promise<string> {
  const { planFile, scenario, workspaceFolder, range, durationUs, confirmRemote } = job;
  const { dir } = await findCapacity(
    { planFile, scenario, workspaceFolder, env: process.env, range, durationUs, confirmRemote },
    {
      runsDir: job.runsDir,
      signal: stop.signal,
      onEvent: report,
      onKept: (dir) => (kept.dir = dir),
      onStart: (ratePerSecond, isRepeat) => report({ type: 'level', ratePerSecond, isRepeat }),
      onLevel: ({ ratePerSecond, outcome, latencyUs: { p99: p99Us } }) =>
        report({ type: 'levelDone', ratePerSecond, outcome, p99Us }),
    },
  );
  if (dir === null) throw new SlowpathError('CANCELLED', 'Cancelled before a level was measured.');
  return dir;
}

async function measureShapes(job: MatrixMessage, kept: Kept): Promise<string> {
  const { planFile, scenario, workspaceFolder, asked, confirmRemote } = job;
  const { dir } = await runMatrix(
    { planFile, scenario, workspaceFolder, env: process.env, asked, confirmRemote },
    {
      runsDir: job.runsDir,
      signal: stop.signal,
      onEvent: report,
      onCreated: (created) => (kept.dir = created),
      onStart: (cell, index, count) => report({ type: 'cell', name: cellName(cell), index, count }),
    },
  );
  return dir;
}

async function examine({ runsDir, times }: DoctorMessage): Promise<string> {
  const onStep = (step: DoctorStep): void => report({ type: 'doctorStep', step });
  const examination = await examineMachine({ signal: stop.signal, onStep, ...(times && { times }) });
  const { dir } = await keepDoctor(runsDir, examination);
  return dir;
}

function report(event: RunnerEvent): void {
  void tell({ type: 'event', event });
}

/** A failed target's message carries its last lines below the sentence. */
function failure({ code, message }: SlowpathError, dir: string | undefined): MessageFromRunner {
  const [sentence = '', ...lines] = message.split('\n');
  const output = code.startsWith('TARGET_') && lines.length > 0;
  return {
    type: 'error',
    code,
    message: output ? sentence : message,
    ...(output && { lines: lines.map((line) => line.trim()) }),
    ...(dir !== undefined && { dir }),
  };
}

async function scenarioOf(start: StartMessage): Promise<Scenario> {
  const { plan } = await loadPlanFile(start.planFile);
  const attach = start.attach;
  const scenario = await resolveScenario(plan, {
    name: start.scenario,
    file: start.planFile,
    workspaceFolder: start.workspaceFolder,
    env: process.env,
    confirmRemote: start.confirmRemote,
    ...start.overrides,
  });
  return attach ? attached(scenario, plan, attach) : scenario;
}

/** The same load, offered to a process that runs already. */
function attached(scenario: Scenario, plan: Plan, via: NonNullable<StartMessage['attach']>): Scenario {
  if (plan.scenarios[scenario.name]?.load.url.includes('${port:')) {
    throw new SlowpathError(
      'USAGE',
      `The load of "${scenario.name}" goes to a port that only a launched target gets (\${port:…}); write the running process's address as its "url" to attach.`,
    );
  }
  const { name, runtime, pprof } = scenario.targets[0] ?? { name: 'target', runtime: 'node', pprof: null };
  return { ...scenario, targets: [{ kind: 'attach', name, runtime, pprof, via }] };
}

/** Resolves once the message is on its way, or the channel is gone and nobody listens. */
function tell(message: MessageFromRunner): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
