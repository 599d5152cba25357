import type { LaunchTarget } from '../../plan/scenario.ts';
import { findExecutable } from '../command.ts';
import { userEnvironment } from '../environment.ts';
import { runCommand } from './command.ts';

export interface PythonFacts {
  /** e.g. `3.13.0`. */
  readonly version: string;
  readonly minor: number;
  /** Built with frame pointers: a profiler can walk through the interpreter by them. */
  readonly framePointers: boolean;
}

/** CPython tells the flags it was built with; from 3.12 on it can show its functions to perf. */
const QUESTION =
  'import json,sys,sysconfig;f=" ".join(str(sysconfig.get_config_var(n) or "") for n in ("CFLAGS","PY_CFLAGS","PY_CORE_CFLAGS","CONFIG_ARGS"));' +
  'print(json.dumps({"version":"%d.%d.%d"%sys.version_info[:3],"minor":sys.version_info[1],"framePointers":"-fno-omit-frame-pointer" in f}))';

/** What the interpreter of a Python target says about itself; null if it isn't one or doesn't answer. */
export async function pythonFacts(spec: LaunchTarget): Promise<PythonFacts | null> {
  if (spec.runtime !== 'python' || spec.runtimeExecutable === null) return null;
  const file = await findExecutable(spec.runtimeExecutable, spec.cwd, userEnvironment(process.env, spec.env));
  if (file === null) return null;
  const { stdout } = await runCommand(file, ['-I', '-S', '-c', QUESTION]);
  try {
    const facts: unknown = JSON.parse(stdout);
    return isFacts(facts) ? facts : null;
  } catch {
    return null;
  }
}

function isFacts(value: unknown): value is PythonFacts {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    typeof value.version === 'string' &&
    /^[\d.]{3,20}$/.test(value.version) &&
    'minor' in value &&
    Number.isSafeInteger(value.minor) &&
    'framePointers' in value &&
    typeof value.framePointers === 'boolean'
  );
}
