import type { DisposableStore } from '../disposables.ts';
import { SlowpathError } from '../errors.ts';
import { startTimeOf, type TreeRoot } from './processTree.ts';

const ALIVE_EVERY_MS = 100;

/** Rejects when an attached process has gone; another one that got its id meanwhile is not it. */
export function watchLife({ pid, startTime: began }: TreeRoot, name: string, owned: DisposableStore): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const timer = setInterval(() => {
    if (lives(pid) && startTimeOf(pid) === began) return;
    clearInterval(timer);
    reject(
      new SlowpathError(
        'TARGET_EXITED',
        `Target "${name}" (attached process ${pid}) ended during the run; how, its parent knows.`,
      ),
    );
  }, ALIVE_EVERY_MS).unref();
  owned.defer(() => clearInterval(timer));
  return promise;
}

/** Another user's process lives too. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
