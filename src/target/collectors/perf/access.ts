import { readFileSync, statSync } from 'node:fs';
import type { Gap } from '../../../gaps.ts';

/** What the kernel lets this user see; read from it, never changed. */
export interface KernelAccess {
  /** kernel.perf_event_paranoid; null if the kernel has no perf events. */
  readonly paranoid: number | null;
  /** kernel.kptr_restrict. */
  readonly pointers: number;
  /** Root, or a process with CAP_PERFMON or CAP_SYS_ADMIN. */
  readonly privileged: boolean;
}

/** capabilities(7): bit numbers in /proc/self/status' CapEff. */
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;

/** Reads what perf_event_open(2) goes by. */
export function kernelAccess(readText: (path: string) => string | null = textOf): KernelAccess {
  const paranoid = readText('/proc/sys/kernel/perf_event_paranoid');
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readText('/proc/self/status') ?? '')?.[1] ?? '0';
  const capabilities = BigInt(`0x${effective}`);
  return {
    paranoid: paranoid === null ? null : Number(paranoid),
    pointers: Number(readText('/proc/sys/kernel/kptr_restrict') ?? 0),
    privileged: ((capabilities >> CAP_SYS_ADMIN) & 1n) === 1n || ((capabilities >> CAP_PERFMON) & 1n) === 1n,
  };
}

/** Why no profile can be taken at all, as the end of a sentence with what would change it; null if one can. */
export function refusalOf({ paranoid, privileged }: KernelAccess): string | null {
  if (paranoid === null) return 'this kernel has no perf events (/proc/sys/kernel/perf_event_paranoid is missing)';
  // Values above 2 are a patch of Debian and Ubuntu: nobody but root.
  if (paranoid > 2 && !privileged)
    return `kernel.perf_event_paranoid is ${paranoid}: only root may take profiles; "sudo sysctl kernel.perf_event_paranoid=1" lets everybody profile their own processes`;
  return null;
}

/** Whether a process's time in the kernel takes samples. */
export function seesKernel({ paranoid, privileged }: KernelAccess): boolean {
  return privileged || (paranoid ?? 0) <= 1;
}

/** What is left out of the profile of a target that can be profiled. */
export function blindSpots(access: KernelAccess, target: string): readonly Gap[] {
  const { paranoid, pointers, privileged } = access;
  if (privileged && pointers < 2) return [];
  if (!seesKernel(access)) {
    return [
      {
        what: `kernel time of ${target}`,
        why: `kernel.perf_event_paranoid is ${paranoid ?? 0}, which shows a process's own code only; "sudo sysctl kernel.perf_event_paranoid=1" adds the kernel's`,
      },
    ];
  }
  if (pointers === 0) return [];
  return [
    {
      what: `names of kernel functions under ${target}`,
      why: `kernel.kptr_restrict is ${pointers}, which hides the kernel's symbols; "sudo sysctl kernel.kptr_restrict=0" shows them`,
    },
  ];
}

/** The first of some processes that another user owns: perf_event_open(2) lets root look into all, others into their own. */
export function foreignProcess(pids: readonly number[], user = process.geteuid?.() ?? 0): number | null {
  const isForeign = (pid: number): boolean => {
    const owner = statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
    return owner !== undefined && owner !== user;
  };
  return user === 0 ? null : (pids.find(isForeign) ?? null);
}

/** How many calls of a stack are recorded at most: kernel.perf_event_max_stack, which perf's unwinding by DWARF keeps to as well. */
export function mostCalls(readText: (path: string) => string | null = textOf): number {
  // Its default, in the kernel (PERF_MAX_STACK_DEPTH) and in perf.
  return Number(readText('/proc/sys/kernel/perf_event_max_stack') ?? 127) || 127;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
