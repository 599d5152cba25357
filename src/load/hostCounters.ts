import { readFileSync } from 'node:fs';

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
