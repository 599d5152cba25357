import { setTimeout as sleep } from 'node:timers/promises';
import { bundlePath } from '../bundles.ts';
import { DisposableStore } from '../disposables.ts';
import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { AttachTarget } from '../plan/scenario.ts';
import { Collection } from './collection.ts';
import { Profiling } from './collectors/profiling.ts';
import { watchLife } from './watchLife.ts';
import { startTimeOf, treePids, type TreeRoot } from './processTree.ts';
import { InspectorClient } from './inspectorClient.ts';
import { checkAttachable, inspectorOfPid, inspectorOfUrl, type InspectorAddress } from './inspectorPort.ts';
import type { RunningTarget, TargetContext } from './target.ts';

const HELLO_MS = 5000;

/** What the process tells about itself before the probe goes in. */
interface Identity {
  readonly pid: number;
  readonly version: string;
  readonly argv: readonly string[];
  readonly cwd: string;
}

/**
 * Puts the probe into a running Node process through its inspector, which is closed again at once if it was closed before.
 * Disposing removes the probe; the process goes on.
 *
 * @throws SlowpathError TARGET_ATTACH_FAILED, CANCELLED
 */
export async function attachTarget(spec: AttachTarget, context: TargetContext): Promise<RunningTarget> {
  const owned = new DisposableStore();
  try {
    context.signal.throwIfAborted();
    const { via } = spec;
    const address = 'pid' in via ? await inspectorOfPid(via.pid, context.signal) : await inspectorOfUrl(via.inspector);
    return await attach(spec, context, address, owned);
  } catch (error) {
    await owned.dispose();
    throw context.signal.aborted
      ? new SlowpathError('CANCELLED', 'Cancelled.', { cause: error })
      : attachFailure(error, spec);
  }
}

async function attach(
  spec: AttachTarget,
  { dir, signal, collect }: TargetContext,
  address: InspectorAddress,
  owned: DisposableStore,
): Promise<RunningTarget> {
  const client = await InspectorClient.connect(address.webSocketUrl);
  let collection: Collection;
  let identity: Identity;
  let root: TreeRoot;
  try {
    identity = await identify(client, spec);
    collection = owned.add(await Collection.open({ target: spec.name, dir, cwd: identity.cwd }));
    root = { pid: identity.pid, run: 'attached', startTime: startTimeOf(identity.pid) };
    collection.watchProcess(root);
    await nameWorkers(client, spec, collection);
    signal.throwIfAborted();
    const { socket, run } = collection.coordinates;
    const options = { socket, run, closeInspector: address.opened };
    await client.evaluate(`require(${JSON.stringify(bundlePath('preload'))}).attach(${JSON.stringify(options)})`);
    owned.defer(() => collection.askMain('remove').catch(() => undefined));
  } finally {
    // Everything else goes over the control socket. The probe closes an inspector that was opened for it.
    await client.close();
  }
  const profiling = owned.add(await Profiling.choose(spec, collect, collection));
  const waiting = new AbortController();
  const late = sleep(HELLO_MS, null, { signal: AbortSignal.any([signal, waiting.signal]) });
  const hello = await Promise.race([collection.firstHello, late]).finally(() => waiting.abort());
  if (!hello) {
    throw new SlowpathError(
      'TARGET_ATTACH_FAILED',
      `Process ${identity.pid} took the probe but cannot reach Slowpath: it runs in a container or under another user; run Slowpath there.`,
    );
  }
  if (address.opened) await collection.askMain('closeInspector');
  return {
    spec,
    pid: identity.pid,
    runtime: `node ${identity.version}`,
    commandLine: identity.argv,
    failed: watchLife(root, spec.name, owned),
    startProfile: (intervalUs) =>
      profiling.start({ dir, pid: identity.pid, pids: () => [...treePids(root).keys()] }, intervalUs),
    measuring: (durationUs) => profiling.measuring(durationUs),
    collect: () => profiling.collect(),
    dispose: () => owned.dispose(),
  };
}

/** The process behind the inspector must be the one that was asked for. */
async function identify(client: InspectorClient, { via }: AttachTarget): Promise<Identity> {
  const value: unknown = JSON.parse(
    String(
      await client.evaluate(
        'JSON.stringify({ pid: process.pid, version: process.versions.node, argv: [process.execPath, ...process.execArgv, ...process.argv.slice(1)], cwd: process.cwd() })',
      ),
    ),
  );
  const identity = value as Identity;
  if ('pid' in via && identity.pid !== via.pid) {
    throw new SlowpathError(
      'TARGET_ATTACH_FAILED',
      `The inspector that answers belongs to process ${identity.pid}, not to ${via.pid}; attach by the inspector URL of the one you mean.`,
    );
  }
  if (!('pid' in via)) checkAttachable(identity.pid);
  if (Number.parseInt(identity.version, 10) < 18) {
    throw new SlowpathError(
      'TARGET_ATTACH_FAILED',
      `Process ${identity.pid} runs Node ${identity.version}; Slowpath measures Node 18 and newer.`,
    );
  }
  return identity;
}

/** Threads that run already cannot be given a probe, and later ones take the environment of a process that has none. */
async function nameWorkers(client: InspectorClient, { name }: AttachTarget, collection: Collection): Promise<void> {
  let workers = 0;
  client.on('NodeWorker.attachedToWorker', () => workers++);
  await client.call('NodeWorker.enable', { waitForDebuggerOnStart: false });
  await client.call('NodeWorker.disable');
  if (workers > 0)
    collection.gap(
      `worker threads of ${name} (${workers})`,
      'they were running when the process was attached, and only its main thread takes a probe then; launch it from the plan to measure them',
    );
  collection.gap(
    `threads and child processes ${name} starts during the run`,
    'an attached process passes no probe on; launch it from the plan to measure them',
  );
}

function attachFailure(error: unknown, { name, via }: AttachTarget): SlowpathError {
  if (error instanceof SlowpathError) return error;
  const where = 'pid' in via ? `process ${via.pid}` : via.inspector;
  return new SlowpathError(
    'TARGET_ATTACH_FAILED',
    `Cannot attach "${name}" to ${where}: ${asSlowpathError(error).message}.`,
    { cause: error },
  );
}
