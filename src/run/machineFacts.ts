import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg, platform } from 'node:os';
import { readCpuLimit } from '../load/hostCounters.ts';
import { whyNoPerf } from '../target/collectors/perf/collector.ts';
import { hostFacts, scalingGovernor } from './host.ts';
import type { HostFacts } from './model.ts';

/** What the machine is and how it is set, as far as it decides what can be measured on it. null: this system does not tell. */
export interface MachineFacts {
  readonly host: HostFacts;
  /** Cores this process may run on. */
  readonly usableCores: number;
  /** Linux' frequency governor; `none` where the machine shows none. */
  readonly governor: string;
  /** Cores' worth of time that the cgroup may use; null: no limit. */
  readonly cpuLimit: number | null;
  /** Runnable tasks over the last minute. */
  readonly loadAverage: number | null;
  readonly clockSource: string | null;
  /** Why perf can profile nothing here; null if it can. */
  readonly perfRefusal: string | null;
}

/** Reads, changes nothing. */
export async function machineFacts(): Promise<MachineFacts> {
  const [host, governor, perfRefusal] = await Promise.all([hostFacts([]), scalingGovernor(), whyNoPerf()]);
  return {
    host,
    usableCores: availableParallelism(),
    governor,
    cpuLimit: readCpuLimit(),
    // Windows has none: Node says 0.
    loadAverage: platform() === 'win32' ? null : (loadavg()[0] ?? null),
    clockSource: read('/sys/devices/system/clocksource/clocksource0/current_clocksource')?.trim() ?? null,
    perfRefusal,
  };
}

/** Pages read back from and written to swap since boot; null where there is no /proc/vmstat. */
export function readSwappedPages(): number | null {
  return parseSwappedPages(read('/proc/vmstat') ?? '');
}

export function parseSwappedPages(vmstat: string): number | null {
  const into = /^pswpin (\d+)$/m.exec(vmstat)?.[1];
  const out = /^pswpout (\d+)$/m.exec(vmstat)?.[1];
  return into === undefined || out === undefined ? null : Number(into) + Number(out);
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
