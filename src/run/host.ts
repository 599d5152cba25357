import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import type { HostFacts } from './model.ts';
import { slowpathVersion } from './version.ts';

/**
 * What the machine is. `runtimes` are the targets' (`node 24.21.0`): they are part of the fingerprint, since two runs on
 * different runtimes must not be compared as if only the code had changed (facts-tail, "Did p99 change", step 7).
 */
export async function hostFacts(runtimes: readonly string[]): Promise<HostFacts> {
  const processors = cpus();
  const cpuModel = processors[0]?.model.trim() ?? 'unknown';
  const cpuCount = processors.length;
  const governor = await scalingGovernor();
  const kernel = release();
  return {
    os: type(),
    kernel,
    cpuModel,
    cpuCount,
    memoryBytes: totalmem(),
    node: process.version,
    slowpath: slowpathVersion,
    fingerprint: fingerprint({ cpuModel, cpuCount, kernel, governor, runtimes }),
  };
}

interface Comparable {
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly kernel: string;
  readonly governor: string;
  readonly runtimes: readonly string[];
}

/** Twelve hex digits: equal exactly when everything that must be equal for a comparison is. */
export function fingerprint(machine: Comparable): string {
  const facts = [machine.cpuModel, machine.cpuCount, machine.kernel, machine.governor, [...machine.runtimes].sort()];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12);
}

/** Linux' frequency governor of the first core; `none` where there is none (virtual machines, other systems). */
export async function scalingGovernor(): Promise<string> {
  try {
    return (await readFile('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor', 'utf8')).trim();
  } catch {
    return 'none';
  }
}
