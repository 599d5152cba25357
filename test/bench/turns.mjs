/**
 * Works beside each other on a machine whose speed wanders: all of them at once, but only one has the machine. The others are stopped
 * (SIGSTOP), and each gets its 50 ms in turn, so that what the machine does to one it does to all: trials of some seconds one after
 * the other differ by a third on a shared host where these differ by a hundredth. Good for throughput and CPU time; a latency that spans
 * a pause means nothing.
 */
import { readFileSync } from 'node:fs';

const sliceMs = 50;

/**
 * @param works each is called with `share`, how many take turns, by which its time must be multiplied to leave it as much as it would
 * have alone; and `onStart`, to be told as soon as it is there which process to stop and continue, with what it has started.
 * @returns what the works answer with
 */
export async function inTurns(works) {
  const pids = works.map(() => []);
  let turn = 0;
  const timer = setInterval(() => {
    signalAll(pids[turn], 'SIGSTOP');
    turn = (turn + 1) % works.length;
    signalAll(pids[turn], 'SIGCONT');
  }, sliceMs);
  // Whoever is stopped when this process is told to end would stay for good.
  const onSignal = () => {
    signalAll(pids.flat(), 'SIGKILL');
    process.exit(130);
  };
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, onSignal);
  try {
    const ended = await Promise.allSettled(
      works.map((work, index) =>
        work({
          share: works.length,
          onStart: (pid) => {
            pids[index].push(pid);
            if (index !== turn) signalAll([pid], 'SIGSTOP');
          },
        }),
      ),
    );
    return ended.map(({ status, value, reason }) => {
      if (status === 'rejected') throw reason;
      return value;
    });
  } finally {
    clearInterval(timer);
    for (const name of ['SIGINT', 'SIGTERM']) process.off(name, onSignal);
    signalAll(pids.flat(), 'SIGCONT');
  }
}

/** To processes and their descendants. */
export function signalAll(pids, name) {
  for (const pid of pids.flatMap(tree)) {
    try {
      process.kill(pid, name);
    } catch (error) {
      // It has ended; its turns stay empty, so that the others' do not grow.
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

function tree(pid) {
  let children = '';
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    // It has ended.
  }
  return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(tree)];
}
