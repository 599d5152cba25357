import { readFileSync } from 'node:fs';
import type { Target } from '../../../plan/scenario.ts';
import type { PythonFacts } from '../python.ts';

/** Null if perf can see the functions of a Python target; else why not and what would change it. */
export function pythonSupport(spec: Target, python: PythonFacts | null): string | null {
  if (spec.kind === 'launch') {
    if (python === null) return 'the interpreter did not say what it is; correct "runtimeExecutable" in the plan';
    return python.minor >= 12
      ? null
      : `Python ${python.version} shows it none of its functions; Python 3.12 and newer do (-X perf)`;
  }
  if ('pid' in spec.via && showsFunctions(spec.via.pid)) return null;
  return 'the process was not started with -X perf, so that none of its functions can be told; start it so, or from the plan';
}

/**
 * Makes the interpreter (3.12 and newer) run each Python function through a piece of code of its own, which perf finds in
 * /tmp/perf-PID.map (docs.python.org, "Python support for the Linux perf profiler"). The way with unwinding tables that 3.13 adds writes
 * its file through a buffer that only the interpreter's end empties: the functions met last, the hot ones, are missing until then.
 */
export const pythonEnvironment: Readonly<Record<string, string>> = { PYTHONPERFSUPPORT: '1' };

function showsFunctions(pid: number): boolean {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
    const asked = variables.some((each) => /^PYTHONPERFSUPPORT=[^0]/.test(each));
    return asked || words.some((word) => /^(?:-X)?perf$/.test(word));
  } catch {
    return false;
  }
}
