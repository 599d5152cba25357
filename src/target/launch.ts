import { setTimeout as sleep } from 'node:timers/promises';
import { bundlePath } from '../bundles.ts';
import { DisposableStore } from '../disposables.ts';
import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { LaunchTarget } from '../plan/scenario.ts';
import { buildTarget } from './build.ts';
import { monotonicUs } from './clock.ts';
import { Collection } from './collection.ts';
import { Profiling } from './collectors/profiling.ts';
import { resolveCommand } from './command.ts';
import { userEnvironment, withMark, withProbe, type Environment } from './environment.ts';
import { GuardedProcess } from './guarded.ts';
import { Life, LineWatch, notReady } from './life.ts';
import { OutputLog } from './output.ts';
import { treePids } from './processTree.ts';
import { assertPortFree, waitReady } from './ready.ts';
import { isNodeSupervisor, nodeProcesses } from './node.ts';
import type { RunningTarget, TargetContext } from './target.ts';

/** A Node process loads the preload before anything else: one that is ready and has not reported by then carries none. */
const HELLO_MS = 2000;

/**
 * Builds a target, starts it, a Node process with the probe, and waits until it is ready.
 *
 * @throws SlowpathError TARGET_BUILD_FAILED, TARGET_PROFILER_MISSING, TARGET_COMMAND_NOT_FOUND, TARGET_PORT_IN_USE, TARGET_EXITED, TARGET_NOT_READY, TARGET_FLOODED, CANCELLED;
 *   nothing is left running then.
 */
export async function launchTarget(spec: LaunchTarget, context: TargetContext): Promise<RunningTarget> {
  const owned = new DisposableStore();
  try {
    return await launch(spec, context, owned);
  } catch (error) {
    await owned.dispose();
    throw context.signal.aborted
      ? new SlowpathError('CANCELLED', 'Cancelled.', { cause: error })
      : asSlowpathError(error);
  }
}

async function launch(
  planned: LaunchTarget,
  { dir, signal, collect, onOutput }: TargetContext,
  owned: DisposableStore,
): Promise<RunningTarget> {
  signal.throwIfAborted();
  const collection = owned.add(await Collection.open({ target: planned.name, dir, cwd: planned.cwd }));
  const { socket, run, folder } = collection.coordinates;
  await buildTarget(planned, { signal, onOutput }, folder);
  const profiling = owned.add(await Profiling.choose(planned, collect, collection));
  const spec = await profiling.prepared(planned, dir);
  const env = userEnvironment(process.env, spec.env);
  const command = await resolveCommand(spec, env);
  await assertPortFree(spec.ready, spec.name);
  signal.throwIfAborted();

  const life = new Life(spec.name);
  const lines = new LineWatch();
  const log = new OutputLog(
    spec.name,
    (line) => {
      lines.saw(line.text);
      onOutput(line);
    },
    () => life.flooded(log.lastLines()),
    monotonicUs,
  );
  const isNode = spec.runtime === 'node';
  const isProbed = isNode && collect.with !== 'none';
  const marked: Environment = isProbed
    ? withProbe(env, { socket, run, preload: bundlePath('preload') })
    : withMark(env, run);
  const guarded = await GuardedProcess.start(
    { ...command, cwd: spec.cwd, run, folder, env: marked },
    { onChunk: (stream, chunk) => log.write(stream, chunk), onEnd: (stream) => log.end(stream) },
  );
  owned.defer(() => {
    life.stopping();
    return guarded.stop();
  });
  collection.watchProcess(guarded.root);
  if (!isNode) collection.watchMemory(guarded.root);
  void guarded.exited.then((exit) => life.exited(exit, log.lastLines()));

  const waiting = new AbortController();
  const stopWaiting = AbortSignal.any([signal, waiting.signal]);
  try {
    if (spec.ready) {
      const problem = await Promise.race([
        waitReady(spec.ready, (text) => lines.next(text), stopWaiting),
        life.failed,
        aborted(stopWaiting),
      ]);
      if (problem !== null) throw notReady(spec, problem, log.lastLines());
    }
    const hello = isProbed
      ? await Promise.race([collection.firstHello, sleep(HELLO_MS, null, { signal: stopWaiting }), life.failed])
      : null;
    if (isProbed && !hello)
      collection.gap(
        `events and CPU profile inside ${spec.name}`,
        'no Node process of the target reported: it was started without the NODE_OPTIONS it was given',
      );
    life.ready();
    const pids = (): readonly number[] => [...treePids(guarded.root).keys()];
    return {
      spec: planned,
      pid: guarded.pid,
      runtime: isNode ? (hello ? `node ${hello.version}` : 'node, version unknown') : profiling.runtime,
      commandLine: [command.file, ...command.args],
      failed: life.failed,
      startProfile: (intervalUs) => profiling.start({ dir, pid: guarded.pid, pids }, intervalUs),
      measuring: (durationUs) => {
        // Children without a probe have not told of themselves.
        for (const each of pids()) collection.watchCpu(each);
        profiling.measuring(durationUs);
      },
      collect: () => {
        if (collect.with !== 'none') nameUnseen(spec, pids(), collection);
        return profiling.collect();
      },
      dispose: () => owned.dispose(),
    };
  } finally {
    waiting.abort();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Names the Node processes whose insides stay unknown. */
function nameUnseen({ name, runtime }: LaunchTarget, pids: readonly number[], collection: Collection): void {
  for (const pid of nodeProcesses(pids)) {
    if (runtime === 'node' && !collection.probedPids.has(pid) && !isNodeSupervisor(pid)) {
      collection.gap(
        `everything about process ${pid} of ${name}`,
        'it is a Node process started without the NODE_OPTIONS of its parent, so it carries no probe',
      );
    } else if (runtime === 'native') {
      collection.gap(
        `functions and events inside process ${pid} of ${name}`,
        'it is a Node process; write "runtime": "node" for its target, with what starts it (npm, a shell) as "runtimeExecutable"',
      );
    }
  }
}
