/** A process that uses CPU time when it is told to, and none else. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTimeUs } from '../../../../src/target/processTree.ts';

export interface Busy {
  readonly pid: number;
  /** Runs until it has used so much more by /proc, and a little beyond; then it is stopped. */
  readonly use: (cpuUs: number) => Promise<void>;
}

export async function busyProcess(t: TestContext): Promise<Busy> {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const { pid } = child;
  assert.ok(pid !== undefined);
  const use = async (cpuUs: number): Promise<void> => {
    child.kill('SIGCONT');
    const began = cpuTimeUs(pid) ?? 0;
    while ((cpuTimeUs(pid) ?? 0) - began < cpuUs) await sleep(5);
    child.kill('SIGSTOP');
    while (stateOf(pid) !== 'T') await sleep(5);
  };
  // Its start is over.
  await use(10_000);
  return { pid, use };
}

/** proc(5): behind the name's parenthesis, `T` for one that is stopped. */
function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0];
}
