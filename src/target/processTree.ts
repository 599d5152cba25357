import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENV_RUN } from './wire.ts';

const POLL_MS = 20;
/** After SIGKILL a process goes as soon as the kernel can let go of it; one that waits for a dead disk may not. */
const KILL_PATIENCE_MS = 3000;

export interface TreeRoot {
  /** The process the tree was started with; it leads its own process group. */
  readonly pid: number;
  /** Value of SLOWPATH_RUN in the tree's environment: finds those that left the group. */
  readonly run: string;
  /** When it began (`startTimeOf`): another process that has its id by now is no part of the tree. Null where nobody knows. */
  readonly startTime: string | null;
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** In clock ticks since boot: with the pid it names one process for good. */
  readonly startTime: string;
  /** User and kernel time of all its threads, those that ended included. */
  readonly cpuUs: number;
  /** The user's part of it. */
  readonly userUs: number;
}

/** The kernel's time for a process too, or that of its own code alone. */
export type CpuPart = 'all' | 'user';

/**
 * Living processes of the tree: the root's group and session, everything that carries the run's mark in its environment, and all
 * their descendants, also those in `known` (pid → start time) that have since lost every tie. Linux; elsewhere an empty list,
 * and the process group is all there is.
 */
export function treePids(root: TreeRoot, known: ReadonlyMap<number, string> = new Map()): ReadonlyMap<number, string> {
  const rows = processTable();
  const found = new Map<number, string>();
  const children = new Map</* parent */ number, ProcessRow[]>();
  for (const row of rows) {
    const siblings = children.get(row.parent);
    if (siblings) siblings.push(row);
    else children.set(row.parent, [row]);
  }
  const add = (row: ProcessRow): void => {
    const open = [row];
    for (let next = open.pop(); next; next = open.pop()) {
      if (found.has(next.pid) || next.pid === process.pid) continue;
      found.set(next.pid, next.startTime);
      open.push(...(children.get(next.pid) ?? []));
    }
  };
  const mark = `${ENV_RUN}=${root.run}`;
  // No id is given away while a group or a session has it: with another root there is nothing left of either.
  const replaced = rows.some(({ pid, startTime }) => pid === root.pid && isAnother(root, startTime));
  for (const row of rows) {
    const related = !replaced && (row.pid === root.pid || row.group === root.pid || row.session === root.pid);
    if (related || known.get(row.pid) === row.startTime || carriesMark(row.pid, mark)) add(row);
  }
  return found;
}

/**
 * Descendants of the given processes through the kernel's own lists of children (/proc/PID/task/TID/children), added to `known`:
 * a tenth of a millisecond for a Node process, where a look at every process of the machine costs several.
 */
export function rememberDescendants(root: TreeRoot, known: Map<number, string>): void {
  if (process.platform !== 'linux') return;
  for (const [pid, startTime] of known) if (startTimeOf(pid) !== startTime) known.delete(pid);
  const open = [...(isAnother(root, startTimeOf(root.pid)) ? [] : [root.pid]), ...known.keys()];
  const seen = new Set<number>();
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (seen.has(pid)) continue;
    seen.add(pid);
    for (const child of childPids(pid)) {
      const row = statRow(child);
      if (row) known.set(child, row.startTime);
      open.push(child);
    }
  }
}

function isAnother(root: TreeRoot, startTime: string | null): boolean {
  return root.startTime !== null && startTime !== null && startTime !== root.startTime;
}

/** When a process began, in clock ticks since boot: tells it from a later one of the same id. Null if there is none. Linux. */
export function startTimeOf(pid: number): string | null {
  return statRow(pid)?.startTime ?? null;
}

/** proc(5) counts in hundredths of a second, whatever the kernel's own clock. */
const TICK_US = 10_000;

/** CPU time of a process since it began, threads that ended included. Null if there is none. Linux. */
export function cpuTimeUs(pid: number, part: CpuPart = 'all'): number | null {
  const row = statRow(pid);
  return row && (part === 'all' ? row.cpuUs : row.userUs);
}

function childPids(pid: number): readonly number[] {
  const pids: number[] = [];
  try {
    for (const tid of readdirSync(`/proc/${pid}/task`)) {
      const list = readFileSync(`/proc/${pid}/task/${tid}/children`, 'latin1');
      if (list !== '') pids.push(...list.trim().split(' ').map(Number));
    }
  } catch {
    // The process or thread has gone.
  }
  return pids;
}

/**
 * Ends the whole tree: SIGTERM, after `graceMs` SIGKILL, until nothing of it lives. Processes that appear meanwhile are ended too.
 *
 * @returns pids that would not go even so.
 */
export async function endTree(
  root: TreeRoot,
  graceMs: number,
  known: ReadonlyMap<number, string> = new Map(),
): Promise<readonly number[]> {
  if (process.platform === 'win32') return endWindowsTree(root.pid);
  const asked = new Set<number>();
  const askDeadline = performance.now() + graceMs;
  for (;;) {
    const living = livingPids(root, known);
    if (living.length === 0) return [];
    if (performance.now() >= askDeadline) break;
    for (const pid of living) {
      if (!asked.has(pid)) signalPid(pid, 'SIGTERM');
      asked.add(pid);
    }
    await sleep(POLL_MS);
  }
  const killDeadline = performance.now() + KILL_PATIENCE_MS;
  for (;;) {
    const living = livingPids(root, known);
    if (living.length === 0 || performance.now() >= killDeadline) return living;
    for (const pid of living) signalPid(pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
}

/** What to signal: pids, or where only the process group is known its negated id. */
function livingPids(root: TreeRoot, known: ReadonlyMap<number, string>): readonly number[] {
  if (process.platform === 'linux') return [...treePids(root, known).keys()];
  try {
    process.kill(-root.pid, 0);
    return [-root.pid];
  } catch {
    return [];
  }
}

function signalPid(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone.
  }
}

function endWindowsTree(pid: number): Promise<readonly number[]> {
  return new Promise((resolve) => {
    execFile('taskkill', ['/pid', String(pid), '/t', '/f'], { windowsHide: true }, () => resolve([]));
  });
}

/** Every process of this machine that is not a zombie. */
function processTable(): readonly ProcessRow[] {
  if (process.platform !== 'linux') return [];
  const rows: ProcessRow[] = [];
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    const row = statRow(Number(name));
    if (row) rows.push(row);
  }
  return rows;
}

/** proc(5): `pid (comm) state ppid pgrp session … starttime`; comm may hold spaces and brackets, so count from the last one. */
function statRow(pid: number): ProcessRow | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group, session] = fields;
  if (state === 'Z' || state === 'X' || state === undefined) return null;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTime: fields[19] ?? '',
    cpuUs: (Number(fields[11]) + Number(fields[12])) * TICK_US,
    userUs: Number(fields[11]) * TICK_US,
  };
}

/** Other people's processes cannot be read: they are not ours. */
function carriesMark(pid: number, mark: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(`\0${mark}\0`);
  } catch {
    return false;
  }
}
