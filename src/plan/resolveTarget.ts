import { resolve } from 'node:path';
import { checkedUrl, type Reach } from './addresses.ts';
import { portNames, type Filler, type Path } from './placeholders.ts';
import { existingPath } from './resolvePaths.ts';
import type { BuildStep, LaunchTarget, Ready, Target } from './scenario.ts';
import type { PlanTarget } from './schema.ts';
import { limits } from './schemaLimits.ts';
import { checkedDuration, checkedInteger } from './schemaUnits.ts';

/** What a target is resolved against. */
export interface TargetSurroundings {
  readonly workspaceFolder: string;
  readonly fill: Filler;
  readonly reach: Reach;
  /** As the plan writes it. */
  readonly loadUrl: string;
  /** Targets in the scenario. */
  readonly count: number;
}

const defaultReadyTimeoutUs = 10e6;

export async function resolveTarget(
  name: string,
  plan: PlanTarget,
  path: Path,
  around: TargetSurroundings,
): Promise<Target> {
  const { fill, reach } = around;
  if ('pid' in plan) {
    const pid = fill.at([...path, 'pid'], () =>
      checkedInteger(filled(plan.pid, fill, [...path, 'pid']), limits.pid.least, limits.pid.most),
    );
    return { kind: 'attach', name, runtime: plan.runtime, pprof: await resolvePprof(plan, path, around), via: { pid } };
  }
  if ('inspector' in plan) {
    const at = [...path, 'inspector'];
    const url = await checkedUrl(fill.text(plan.inspector, at), ['ws', 'http'], reach, fill, at);
    return { kind: 'attach', name, runtime: plan.runtime, pprof: null, via: { inspector: url.href } };
  }
  const cwd = await existingPath('folder', plan.cwd, [...path, 'cwd'], fill, around.workspaceFolder);
  const texts = (values: readonly string[], key: string): string[] =>
    values.map((value, index) => fill.text(value, [...path, key, index]));
  const target: LaunchTarget = {
    kind: 'launch',
    name,
    runtime: plan.runtime,
    runtimeExecutable: resolveExecutable(plan, cwd, path, fill),
    runtimeArgs: texts(plan.runtimeArgs, 'runtimeArgs'),
    command: fill.text(plan.command, [...path, 'command']),
    args: texts(plan.args, 'args'),
    cwd,
    env: Object.fromEntries(
      Object.entries(plan.env).map(([key, value]) => [key, fill.text(value, [...path, 'env', key])]),
    ),
    build: await Promise.all(
      plan.build.map((step, index) => resolveStep(step, cwd, [...path, 'build', index], around)),
    ),
    pprof: await resolvePprof(plan, path, around),
    ready: plan.ready ? await resolveReady(plan.ready, [...path, 'ready'], fill, reach) : null,
  };
  return plan.ready ? target : { ...target, ready: defaultReady(plan, path, around) };
}

type LaunchPlan = Extract<PlanTarget, { command: string }>;

/** A bare name is looked for on PATH; anything with a slash is a path. */
function resolveExecutable(plan: LaunchPlan, cwd: string, path: Path, fill: Filler): string | null {
  if (plan.runtime === 'native' || plan.runtime === 'go') return null;
  const standard = plan.runtime === 'node' ? 'node' : 'python3';
  const executable = fill.text(plan.runtimeExecutable ?? standard, [...path, 'runtimeExecutable']);
  return /[\\/]/.test(executable) ? resolve(cwd, executable) : executable;
}

async function resolveStep(
  step: LaunchPlan['build'][number],
  targetCwd: string,
  path: Path,
  around: TargetSurroundings,
): Promise<BuildStep> {
  return {
    command: around.fill.text(step.command, [...path, 'command']),
    args: step.args.map((arg, index) => around.fill.text(arg, [...path, 'args', index])),
    cwd:
      step.cwd === undefined
        ? targetCwd
        : await existingPath('folder', step.cwd, [...path, 'cwd'], around.fill, around.workspaceFolder),
  };
}

async function resolvePprof(
  plan: { readonly pprof?: string | undefined },
  path: Path,
  { fill, reach }: TargetSurroundings,
): Promise<string | null> {
  if (plan.pprof === undefined) return null;
  const at = [...path, 'pprof'];
  const url = await checkedUrl(fill.text(plan.pprof, at), ['http'], reach, fill, at);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

async function resolveReady(
  plan: NonNullable<LaunchPlan['ready']>,
  path: Path,
  fill: Filler,
  reach: Reach,
): Promise<Ready> {
  const at = [...path, 'timeout'];
  const timeoutUs = fill.at(at, () => checkedDuration(fill.text(plan.timeout, at), limits.readyTimeout));
  if ('http' in plan) {
    const url = await checkedUrl(fill.text(plan.http, [...path, 'http']), ['http'], reach, fill, [...path, 'http']);
    return { kind: 'http', url: url.href, timeoutUs };
  }
  if ('grpc' in plan) {
    const where = [...path, 'grpc'];
    const url = await checkedUrl(fill.text(plan.grpc, where), ['grpc', 'grpcs'], reach, fill, where);
    return { kind: 'grpc', url: url.href, timeoutUs };
  }
  if ('port' in plan) {
    const port = fill.at([...path, 'port'], () =>
      checkedInteger(filled(plan.port, fill, [...path, 'port']), limits.port.least, limits.port.most),
    );
    return { kind: 'port', port, timeoutUs };
  }
  return { kind: 'log', text: fill.text(plan.log, [...path, 'log']), timeoutUs };
}

/**
 * Without `ready`: the load's `${port:…}` if this target names it too, else the only `${port:…}` that it names, else, for the
 * only target, the load's port on this machine. Null when none of these tells anything: it counts as ready at once.
 */
function defaultReady(plan: PlanTarget, path: Path, { fill, loadUrl, count }: TargetSurroundings): Ready | null {
  const own = portNames(plan);
  const name = portNames(loadUrl).find((each) => own.includes(each)) ?? (own.length === 1 ? own[0] : undefined);
  if (name !== undefined)
    return { kind: 'port', port: Number(fill.text(`\${port:${name}}`, path)), timeoutUs: defaultReadyTimeoutUs };
  const filledUrl = fill.text(loadUrl, path);
  if (count !== 1 || !URL.canParse(filledUrl)) return null;
  return { kind: 'port', port: Number(new URL(filledUrl).port || 80), timeoutUs: defaultReadyTimeoutUs };
}

function filled(value: number | string, fill: Filler, path: Path): number | string {
  return typeof value === 'number' ? value : fill.text(value, path);
}
