import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Which of these processes are Node's, by the name of their executable. Linux; elsewhere none can be told. */
export function nodeProcesses(pids: Iterable<number>): readonly number[] {
  return [...pids].filter(isNodeProcess);
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
