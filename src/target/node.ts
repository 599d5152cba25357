import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Which of these processes are Node's, by the name of their executable. Linux; elsewhere none can be told. */
export function nodeProcesses(pids: Iterable<number>): readonly number[] {
  return [...pids].filter(isNodeProcess);
}

/** Whether this Node process only starts others: `node --watch` and `node --run` run no program, and no preload, themselves. */
export function isNodeSupervisor(pid: number): boolean {
  try {
    const [, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const script = args.findIndex((arg) => !arg.startsWith('-'));
    return args.slice(0, script).some((arg) => /^--(?:watch|watch-path|run)(?:=|$)/.test(arg));
  } catch {
    return false;
  }
}

/** Whether the executable of a process is Node. */
export function isNodeProcess(pid: number): boolean {
  try {
    return isNodeExecutable(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return false;
  }
}

/** `node`, `nodejs`, `node22`, `node.exe`; the kernel adds ` (deleted)` after an upgrade in place. */
export function isNodeExecutable(path: string): boolean {
  return /^node(?:js)?(?:-?\d[\d.]*)?(?:\.exe)?(?: \(deleted\))?$/i.test(basename(path));
}
