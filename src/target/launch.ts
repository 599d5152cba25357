import { setTimeout as sleep } from 'node:timers/promises';
import { bundlePath } from '../bundles.ts';
import { DisposableStore } from '../disposables.ts';
import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { LaunchTarget } from '../plan/scenario.ts';
import { monotonicUs } from './clock.ts';
import { Collection } from './collection.ts';
import { resolveCommand } from './command.ts';
import { userEnvironment, withProbe } from './environment.ts';
import { GuardedProcess, type Exit } from './guarded.ts';
import { OutputLog } from './output.ts';
import { treePids } from './processTree.ts';
import { assertPortFree, portInOutput, portInUse, waitReady } from './ready.ts';
import { nodeProcesses } from './node.ts';
import type { RunningTarget, TargetContext } from './target.ts';

/** A Node process loads the preload before anything else: one that is ready and has not reported by then carries none. */
const HELLO_MS = 2000;

/**
 * Starts a Node process with the probe and waits until it is ready.
 *
 * @throws SlowpathError TARGET_COMMAND_NOT_FOUND, TARGET_PORT_IN_USE, TARGET_EXITED, TARGET_NOT_READY, TARGET_FLOODED, CANCELLED;
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
  spec: LaunchTarget,
  { dir, signal, onOutput }: TargetContext,
  owned: DisposableStore,
): Promise<RunningTarget> {
  signal.throwIfAborted();
  const env = userEnvironment(process.env, spec.env);
  const command = await resolveCommand(spec, env);
  await assertPortFree(spec.ready, spec.name);
  const collection = owned.add(await Collection.open({ target: spec.name, dir, cwd: spec.cwd }));
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
  const { socket, run, folder } = collection.coordinates;
  const guarded = await GuardedProcess.start(
    { ...command, cwd: spec.cwd, run, folder, env: withProbe(env, { socket, run, preload: bundlePath('preload') }) },
    { onChunk: (stream, chunk) => log.write(stream, chunk), onEnd: (stream) => log.end(stream) },
  );
  owned.defer(() => {
    life.stopping();
    return guarded.stop();
  });
  collection.watchProcess(guarded.pid);
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
    const hello = await Promise.race([
      collection.firstHello,
      sleep(HELLO_MS, null, { signal: stopWaiting }),
      life.failed,
    ]);
    if (!hello)
      collection.gap(
        `events and CPU profile inside ${spec.name}`,
        'no Node process of the target reported: it was started without the NODE_OPTIONS it was given',
      );
    life.ready();
    return {
      spec,
      pid: guarded.pid,
      runtime: hello ? `node ${hello.version}` : 'node, version unknown',
      commandLine: [command.file, ...command.args],
      failed: life.failed,
      startProfile: (intervalUs) => collection.startProfile(intervalUs),
      collect: () => {
        for (const each of nodeProcesses(treePids({ pid: guarded.pid, run }).keys())) {
          if (!collection.probedPids.has(each)) {
            collection.gap(
              `everything about process ${each} of ${spec.name}`,
              'it is a Node process started without the NODE_OPTIONS of its parent, so it carries no probe',
            );
          }
        }
        return collection.collect();
      },
      dispose: () => owned.dispose(),
    };
  } finally {
    waiting.abort();
  }
}

/** Decides how a launched process came to its end. */
class Life {
  readonly failed: Promise<never>;
  private readonly fail: (error: SlowpathError) => void;
  private readonly name: string;
  private isReady = false;
  private isStopping = false;

  constructor(name: string) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.name = name;
    this.failed = promise;
    this.fail = reject;
    // Who waits for it decides; nobody need.
    promise.catch(() => undefined);
  }

  ready(): void {
    this.isReady = true;
  }

  /** From now on its end is no failure. */
  stopping(): void {
    this.isStopping = true;
  }

  exited({ code, signal }: Exit, lastLines: readonly string[]): void {
    if (this.isStopping) return;
    const port = this.isReady ? undefined : portInOutput(lastLines);
    if (port !== undefined) {
      this.fail(portInUse(this.name, port));
      return;
    }
    const how =
      signal !== null
        ? `was ended by ${signal}`
        : code !== null
          ? `exited with code ${code}`
          : 'lost its guard process';
    const when = this.isReady ? 'during the run' : 'before it was ready';
    const text = `Target "${this.name}" ${how} ${when}.${quoted(lastLines)}`;
    this.fail(new SlowpathError('TARGET_EXITED', text, { cause: { code, signal } }));
  }

  flooded(lastLines: readonly string[]): void {
    if (this.isStopping) return;
    this.fail(
      new SlowpathError(
        'TARGET_FLOODED',
        `Target "${this.name}" writes more than 10 MB/s of output, which would be what is measured; turn its logging down.${quoted(lastLines.slice(-3))}`,
      ),
    );
  }
}

/** Waits for a line of output that contains a text, among those already printed too. */
class LineWatch {
  private readonly printed: string[] = [];
  private readonly waiting = new Map</* text */ string, () => void>();

  saw(line: string): void {
    if (this.printed.length < 10_000) this.printed.push(line);
    for (const [text, resolve] of this.waiting) if (line.includes(text)) resolve();
  }

  next(text: string): Promise<void> {
    if (this.printed.some((line) => line.includes(text))) return Promise.resolve();
    return new Promise((resolve) => void this.waiting.set(text, resolve));
  }
}

function notReady(spec: LaunchTarget, problem: string, lastLines: readonly string[]): SlowpathError {
  const port = portInOutput(lastLines);
  if (port !== undefined) return portInUse(spec.name, port);
  const seconds = (spec.ready?.timeoutUs ?? 0) / 1e6;
  return new SlowpathError(
    'TARGET_NOT_READY',
    `Target "${spec.name}" did not become ready within ${seconds} s: ${problem}; correct "ready" in the plan or give it a longer "timeout".${quoted(lastLines)}`,
  );
}

/** The last lines under a message; nothing if there was no output. */
function quoted(lines: readonly string[]): string {
  if (lines.length === 0) return ' It printed nothing.';
  return ` Its last output:\n${lines.map((line) => `  ${line.length > 500 ? `${line.slice(0, 500)}…` : line}`).join('\n')}`;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
