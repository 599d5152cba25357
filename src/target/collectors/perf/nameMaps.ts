import { rm } from 'node:fs/promises';

/**
 * Where runtimes tell perf the names of the functions they compile: perf looks nowhere else (Documentation/jit-interface.txt of perf). They
 * stay behind, megabytes for each process, unless somebody takes them away.
 */
const nameMap = /^\/tmp\/perf-\d+\.map$/;

/** Takes away the name maps of processes that were started to be profiled, and those among some objects of perf's samples. */
export async function removeNameMaps(pids: Iterable<number>, objects: Iterable<string>): Promise<void> {
  const maps = new Set([...objects].filter((object) => nameMap.test(object)));
  for (const pid of pids) maps.add(`/tmp/perf-${pid}.map`);
  // Another user's stays: it is none of ours.
  await Promise.allSettled([...maps].map((map) => rm(map, { force: true })));
}
