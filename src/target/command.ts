import { constants, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { SlowpathError } from '../errors.ts';
import type { LaunchTarget } from '../plan/scenario.ts';
import type { Environment } from './environment.ts';
import { isNodeExecutable } from './node.ts';

/** What Node tries for a script's path, in its order. */
const SCRIPT_SUFFIXES = ['', '.js', '.json', '.node', '.cjs', '.mjs'];
/** With these the first argument is not a script. */
const NO_SCRIPT = /^(?:-e|--eval|-p|--print|-pe|-i|--interactive|--run)(?:=|$)/;

/**
 * The command line of a target with its executable as an absolute path. Checked before anything is started, so that the
 * error names what is missing.
 *
 * @throws SlowpathError TARGET_COMMAND_NOT_FOUND
 */
export async function resolveCommand(
  spec: LaunchTarget,
  env: Environment,
): Promise<{ readonly file: string; readonly args: readonly string[] }> {
  const folder = await statOf(spec.cwd);
  if (!folder?.isDirectory()) {
    throw notFound(`The folder of target "${spec.name}" does not exist: ${spec.cwd}; correct "cwd" in the plan.`);
  }
  if (spec.runtimeExecutable === null) {
    return { file: await executable(spec.command, 'command', spec, env), args: spec.args };
  }
  const file = await executable(spec.runtimeExecutable, 'runtimeExecutable', spec, env);
  if (wantsScript(spec, file) && !(await scriptExists(spec))) {
    throw notFound(
      `The script of target "${spec.name}" does not exist: ${resolve(spec.cwd, spec.command)}; correct "command" or "cwd" in the plan.`,
    );
  }
  return { file, args: [...spec.runtimeArgs, spec.command, ...spec.args] };
}

async function executable(
  name: string,
  key: 'command' | 'runtimeExecutable',
  spec: LaunchTarget,
  env: Environment,
): Promise<string> {
  const file = await findExecutable(name, spec.cwd, env);
  if (file !== null) return file;
  const besides = key === 'command' && (await statOf(resolve(spec.cwd, name)))?.isFile() === true;
  const where = /[\\/]/.test(name)
    ? `there is no executable file at ${resolve(spec.cwd, name)}`
    : besides
      ? `it is not on PATH; write "./${name}" for the one in its folder`
      : 'it is not on PATH';
  throw notFound(`Cannot start target "${spec.name}": ${name} was not found, ${where}; correct "${key}" in the plan.`);
}

/** Python takes a module's name after -m in place of a script. */
function wantsScript({ runtime, runtimeArgs }: LaunchTarget, file: string): boolean {
  if (runtime === 'python') return !runtimeArgs.some((arg) => arg === '-m' || arg === '-c');
  return isNodeExecutable(file) && !runtimeArgs.some((arg) => NO_SCRIPT.test(arg));
}

/** The absolute path of a program, as a shell would find it; null if there is none. */
export async function findExecutable(name: string, cwd: string, env: Environment): Promise<string | null> {
  const suffixes = process.platform === 'win32' ? ['', ...(env['PATHEXT'] ?? '.EXE;.CMD;.BAT').split(';')] : [''];
  const folders = /[\\/]/.test(name) || isAbsolute(name) ? [cwd] : (env['PATH'] ?? env['Path'] ?? '').split(delimiter);
  for (const folder of folders) {
    for (const suffix of suffixes) {
      const candidate = resolve(cwd, folder, `${name}${suffix}`);
      if ((await statOf(candidate))?.isFile() && (await isExecutable(candidate))) return candidate;
    }
  }
  return null;
}

async function scriptExists(spec: LaunchTarget): Promise<boolean> {
  const path = resolve(spec.cwd, spec.command);
  for (const suffix of spec.runtime === 'node' ? SCRIPT_SUFFIXES : ['']) {
    const found = await statOf(`${path}${suffix}`);
    if (found?.isFile()) return true;
    if (found?.isDirectory() && ((await statOf(join(path, 'package.json'))) ?? (await statOf(join(path, 'index.js')))))
      return true;
  }
  return false;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function statOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch {
    return null;
  }
}

function notFound(message: string): SlowpathError {
  return new SlowpathError('TARGET_COMMAND_NOT_FOUND', message);
}
