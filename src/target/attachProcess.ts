import { readFileSync, readlinkSync } from 'node:fs';
import { DisposableStore } from '../disposables.ts';
import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { AttachTarget } from '../plan/scenario.ts';
import { Collection } from './collection.ts';
import { Profiling } from './collectors/profiling.ts';
import { startTimeOf, treePids, type TreeRoot } from './processTree.ts';
import type { RunningTarget, TargetContext } from './target.ts';
import { lives, watchLife } from './watchLife.ts';

/**
 * Measures a process of any language that runs already, from outside: its threads' CPU time and run-queue wait, and the profile. It
 * is not touched, and goes on afterwards.
 *
 * @throws SlowpathError TARGET_ATTACH_FAILED, CANCELLED
 */
export async function attachProcess(spec: AttachTarget, context: TargetContext): Promise<RunningTarget> {
  const owned = new DisposableStore();
  try {
    context.signal.throwIfAborted();
    return await attach(spec, context, owned);
  } catch (error) {
    await owned.dispose();
    throw context.signal.aborted
      ? new SlowpathError('CANCELLED', 'Cancelled.', { cause: error })
      : asSlowpathError(error, 'TARGET_ATTACH_FAILED');
  }
}

async function attach(
  spec: AttachTarget,
  { dir, collect }: TargetContext,
  owned: DisposableStore,
): Promise<RunningTarget> {
  if (!('pid' in spec.via)) {
    throw new SlowpathError(
      'TARGET_ATTACH_FAILED',
      spec.runtime === 'node'
        ? `Without a probe "${spec.name}" is looked at from outside, for which its id is needed; write its "pid" in the plan.`
        : `Only Node has an inspector; write the "pid" of "${spec.name}" in the plan.`,
    );
  }
  const { pid } = spec.via;
  const root: TreeRoot = { pid, run: 'attached', startTime: startTimeOf(pid) };
  if (!lives(pid)) {
    throw new SlowpathError(
      'TARGET_ATTACH_FAILED',
      `There is no process ${pid}; look its id up again and correct "pid".`,
    );
  }
  const collection = owned.add(await Collection.open({ target: spec.name, dir, cwd: dir }));
  collection.watchProcess(root);
  collection.watchMemory(root);
  const profiling = owned.add(await Profiling.choose(spec, collect, collection));
  return {
    spec,
    pid,
    runtime: profiling.runtime,
    commandLine: commandLineOf(pid),
    failed: watchLife(root, spec.name, owned),
    startProfile: (intervalUs) => profiling.start({ dir, pid, pids: () => [...treePids(root).keys()] }, intervalUs),
    measuring: (durationUs) => profiling.measuring(durationUs),
    collect: () => profiling.collect(),
    dispose: () => owned.dispose(),
  };
}

/** As far as it may be read. */
function commandLineOf(pid: number): readonly string[] {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return words.length > 0 ? words : [readlinkSync(`/proc/${pid}/exe`)];
  } catch {
    return [];
  }
}
