/** Services in other languages, built once a file, and scenarios that measure them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after } from 'node:test';
import { tonicBuild, tonicProgram } from '../../../../scripts/lib/tonicService.mjs';
import { readPlan } from '../../../../src/plan/read.ts';
import { resolveScenario } from '../../../../src/plan/resolve.ts';
import type { Scenario } from '../../../../src/plan/scenario.ts';
import { profileScenario, type Profiled } from '../../../../src/profileScenario.ts';
import { FrameKind } from '../../../../src/profile/tables.ts';
import type { MeasureEvent } from '../../../../src/run/measureEvent.ts';
import type { FunctionRow } from '../../../../src/trace/analysis.ts';

export const services = join(import.meta.dirname, '../../../fixtures/services');

/** Holds what is built and recorded; gone after the file's tests. */
export const workspace = await mkdtemp(join(tmpdir(), 'slowpath-native-'));
after(() => rm(workspace, { recursive: true, force: true }));

/** The absolute path of a program on PATH, or null. */
export function onPath(name: string): string | null {
  const folder = (process.env['PATH'] ?? '').split(delimiter).find((each) => existsSync(join(each, name)));
  return folder === undefined ? null : join(folder, name);
}

/** Whether perf is here and may look at this user's processes. */
export const perfWorks =
  onPath('perf') !== null &&
  spawnSync(onPath('perf') ?? '', ['record', '-e', 'cpu-clock', '-o', '/dev/null', '--', 'true'], { stdio: 'ignore' })
    .status === 0;

/** A Python that tells perf its functions, or null: of those on PATH and those of pyenv. */
export function perfPython(): string | null {
  const versions = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  const managed = existsSync(versions) ? readdirSync(versions).map((each) => join(versions, each, 'bin/python3')) : [];
  const candidates = ['python3.14', 'python3.13', 'python3.12', 'python3'].map(onPath);
  return [...candidates, ...managed.sort().reverse()].find((each) => each !== null && toldToPerf(each)) ?? null;
}

function toldToPerf(python: string): boolean {
  return spawnSync(python, ['-X', 'perf', '-c', 'import sys; sys.exit(sys.version_info < (3, 12))']).status === 0;
}

/** The names of what a test needs and this machine has not; false if nothing. For the `skip` of a test. */
export function missing(needs: Readonly<Record<string, unknown>>): string | false {
  const names = Object.entries(needs).filter(([, found]) => found === null || found === false);
  return names.length > 0 && `needs ${names.map(([name]) => name).join(', ')}`;
}

export const builds = {
  rust: [
    {
      command: 'cargo',
      args: ['build', '--offline', '--profile', 'profiling', '--target-dir', join(workspace, 'rust')],
      cwd: join(services, 'rust'),
    },
  ],
  tonic: [
    tonicBuild,
    // What the next clone that shares the folder builds does not change what is measured here.
    { command: 'cp', args: [tonicProgram, join(workspace, 'grpc-tonic')] },
  ],
  go: [{ command: 'go', args: ['build', '-o', join(workspace, 'go-service'), '.'], cwd: join(services, 'go') }],
  cpp: [
    {
      command: 'g++',
      args: ['-O2', '-g', '-fno-omit-frame-pointer', '-o', join(workspace, 'cpp-service'), 'service.cpp'],
      cwd: join(services, 'cpp'),
    },
  ],
} as const;

export interface Wanted {
  readonly target: Readonly<Record<string, unknown>>;
  readonly collect?: Readonly<Record<string, unknown>>;
  readonly load?: Readonly<Record<string, unknown>>;
}

/** 100 requests a second for two seconds and a half, as a plan would say it. */
export async function scenarioOf({ target, collect = {}, load = {} }: Wanted): Promise<Scenario> {
  const plan = {
    scenarios: {
      work: {
        targets: { api: target },
        load: {
          url: 'http://127.0.0.1:${port:api}',
          requests: [{ path: '/work' }],
          arrivals: { model: 'constant', rate: 100 },
          connections: 4,
          warmup: '600ms',
          duration: '2500ms',
          ...load,
        },
        collect,
      },
    },
  };
  return resolveScenario(readPlan(JSON.stringify(plan), 'slowpath.jsonc'), {
    file: 'slowpath.jsonc',
    workspaceFolder: workspace,
    env: process.env,
  });
}

export const ready = { env: { PORT: '${port:api}' }, ready: { log: 'listening', timeout: '30s' } } as const;

export function profiled(
  scenario: Scenario,
  options: { readonly signal?: AbortSignal; readonly onEvent?: (event: MeasureEvent) => void } = {},
): Promise<Profiled> {
  return profileScenario(scenario, {
    runsDir: join(workspace, 'runs'),
    signal: options.signal ?? new AbortController().signal,
    onEvent: options.onEvent ?? (() => undefined),
  });
}

/** The function of the person's own that took most. */
export function hottest({ run, analysis }: Profiled): FunctionRow | undefined {
  return analysis.functions.find(({ frame }) => run.profile?.frames.kind[frame] === FrameKind.user);
}

/** The 1-based line of a file that holds a text. */
export function lineWith(file: string, text: string): number {
  return (
    readFileSync(file, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1
  );
}

/** Processes of this machine whose command line holds a text, zombies left out. */
export function processesWith(text: string): readonly number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,stat=,args='], { encoding: 'utf8', maxBuffer: 2 ** 24 });
  return table
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((found) => found !== null && found[2]?.startsWith('Z') === false && found[3]?.includes(text) === true)
    .map((found) => Number(found?.[1]));
}
