import { randomUUID } from 'node:crypto';
import { SlowpathError } from '../errors.ts';
import type { BuildStep, LaunchTarget } from '../plan/scenario.ts';
import { monotonicUs } from './clock.ts';
import { findExecutable } from './command.ts';
import { userEnvironment, withMark, type Environment } from './environment.ts';
import { GuardedProcess } from './guarded.ts';
import { endOf, quotedLines } from './life.ts';
import { OutputLog } from './output.ts';
import type { TargetContext } from './target.ts';

/**
 * Runs a target's build commands one after the other; their output goes where the target's goes. Aborting stops the
 * one that runs, with all it has started.
 *
 * @param folder the target's temporary folder.
 * @throws SlowpathError TARGET_BUILD_FAILED with the last lines of output
 */
export async function buildTarget(
  spec: LaunchTarget,
  { signal, onOutput }: Pick<TargetContext, 'signal' | 'onOutput'>,
  folder: string,
): Promise<void> {
  // What the plan adds is the target's; a compiler takes it too (CFLAGS, GOFLAGS).
  const env = userEnvironment(process.env, spec.env);
  for (const step of spec.build) {
    signal.throwIfAborted();
    await runStep(step, spec.name, { env, folder, signal, onOutput });
  }
}

interface Around extends Pick<TargetContext, 'signal' | 'onOutput'> {
  readonly env: Environment;
  readonly folder: string;
}

async function runStep(step: BuildStep, target: string, { env, folder, signal, onOutput }: Around): Promise<void> {
  const shown = [step.command, ...step.args].join(' ').slice(0, 200);
  const file = await findExecutable(step.command, step.cwd, env);
  if (file === null) {
    throw new SlowpathError(
      'TARGET_BUILD_FAILED',
      `Cannot build target "${target}": ${step.command} was not found on PATH or in ${step.cwd}; install it or correct "build" in the plan.`,
    );
  }
  const log = new OutputLog(target, onOutput, () => undefined, monotonicUs);
  const run = randomUUID();
  const guarded = await GuardedProcess.start(
    { file, args: step.args, cwd: step.cwd, env: withMark(env, run), run, folder },
    { onChunk: (stream, chunk) => log.write(stream, chunk), onEnd: (stream) => log.end(stream) },
  );
  const stop = (): void => void guarded.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    const exit = await guarded.exited;
    signal.throwIfAborted();
    if (exit.code !== 0) {
      throw new SlowpathError(
        'TARGET_BUILD_FAILED',
        `Building target "${target}" failed: ${shown} ${endOf(exit)}.${quotedLines(log.lastLines())}`,
      );
    }
  } finally {
    signal.removeEventListener('abort', stop);
    // Also ends what a finished command left behind.
    await guarded.stop();
  }
}
