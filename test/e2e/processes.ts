/** What runs on this machine for a folder under test, and waiting for it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

/** Processes that run the service of this folder. */
export function servicesIn(folder: string): number[] {
  return processes()
    .filter(({ words, cwd }) => words.includes('server.js') && cwd === realpathSync(folder))
    .map(({ pid }) => pid);
}

/** Our measuring processes for this folder: runner, load generator, guard. */
export function measuringIn(folder: string): number[] {
  const ours = /dist\/(runner|load|guard)\.cjs/;
  return processes()
    .filter(({ words, cwd }) => ours.test(words) && cwd === realpathSync(folder))
    .map(({ pid }) => pid);
}

export function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Polls until it holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) assert.fail(`${what}: not within ${ms} ms`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Nothing of ours runs for this folder any more. */
export function nothingRuns(folder: string): Promise<void> {
  return until('nothing left running', () => servicesIn(folder).length + measuringIn(folder).length === 0);
}

function processes(): { pid: number; words: string; cwd: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return words === '' ? [] : [{ pid: Number(name), words, cwd: readlinkSync(`/proc/${name}/cwd`) }];
    } catch {
      return [];
    }
  });
}
