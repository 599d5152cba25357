import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Clock ticks of all cores since boot, from the first line of /proc/stat. */
export interface StealTicks {
  readonly stolen: number;
  readonly total: number;
}

/** null where there is no /proc/stat. */
export function readStealTicks(): StealTicks | null {
  const text = read('/proc/stat');
  return text === null ? null : parseSteal(text);
}

/** The share of all cores' time since an earlier reading that the hypervisor gave to others; null where it is not known. */
export function stealShareSince(start: StealTicks | null): number | null {
  const now = readStealTicks();
  const ticks = now && start ? now.total - start.total : 0;
  return now && start && ticks > 0 ? (now.stolen - start.stolen) / ticks : null;
}

/** Fields of proc(5): user nice system idle iowait irq softirq steal (guest times are already in user and nice). */
export function parseSteal(stat: string): StealTicks | null {
  const fields = /^cpu\s+(.*)$/m.exec(stat)?.[1]?.split(/\s+/).slice(0, 8).map(Number);
  const stolen = fields?.[7];
  if (!fields || stolen === undefined || fields.some((field) => !Number.isFinite(field))) return null;
  return { stolen, total: fields.reduce((sum, field) => sum + field, 0) };
}

/** How often the kernel has throttled this process' cgroup; null where there is no CPU controller. */
export function readThrottledPeriods(): number | null {
  const membership = read('/proc/self/cgroup');
  if (membership === null) return null;
  for (const file of throttleFiles(membership)) {
    const periods = parseThrottled(read(file) ?? '');
    if (periods !== null) return periods;
  }
  return null;
}

/** Cores that this process' cgroup may use, e.g. 1.5; null where it is not limited or there is no CPU controller. */
export function readCpuLimit(): number | null {
  for (const file of throttleFiles(read('/proc/self/cgroup') ?? '')) {
    const folder = dirname(file);
    const version2 = read(`${folder}/cpu.max`);
    const limit =
      version2 === null
        ? parseCpuLimit(`${read(`${folder}/cpu.cfs_quota_us`) ?? ''} ${read(`${folder}/cpu.cfs_period_us`) ?? ''}`)
        : parseCpuLimit(version2);
    if (limit !== null) return limit;
  }
  return null;
}

/** From version 2's `cpu.max` (`quota period` in µs, the quota `max` where there is none), or version 1's two files (-1 for none). */
export function parseCpuLimit(quotaAndPeriod: string): number | null {
  const [quota = NaN, period = NaN] = quotaAndPeriod.trim().split(/\s+/).map(Number);
  return quota > 0 && period > 0 ? quota / period : null;
}

/**
 * Where `nr_throttled` may stand, from /proc/self/cgroup (lines `id:controllers:path`; version 2 has id 0 and no
 * controllers). In a container the path is often that of the host while the own group is mounted at the root.
 */
export function throttleFiles(membership: string): string[] {
  const files: string[] = [];
  for (const line of membership.split('\n')) {
    const [, id, controllers = '', path = '/'] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    const folder = path === '/' ? '' : path;
    if (id === '0' && controllers === '') {
      files.push(`/sys/fs/cgroup${folder}/cpu.stat`, '/sys/fs/cgroup/cpu.stat');
    } else if (controllers.split(',').includes('cpu')) {
      for (const mount of [controllers, 'cpu', 'cpu,cpuacct']) {
        files.push(`/sys/fs/cgroup/${mount}${folder}/cpu.stat`, `/sys/fs/cgroup/${mount}/cpu.stat`);
      }
    }
  }
  return [...new Set(files)];
}

export function parseThrottled(cpuStat: string): number | null {
  const periods = /^nr_throttled (\d+)$/m.exec(cpuStat)?.[1];
  return periods === undefined ? null : Number(periods);
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
