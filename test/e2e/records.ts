/** The runs that were recorded into a folder under test. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** States of the runs, oldest first; those whose manifest cannot be read yet are left out. */
export function runStates(folder: string): string[] {
  const runs = join(folder, '.slowpath/runs');
  return names(runs).flatMap((name) => {
    try {
      return [(JSON.parse(readFileSync(join(runs, name, 'run.json'), 'utf8')) as { state: string }).state];
    } catch {
      return [];
    }
  });
}

/** How many runs were recorded to their end. */
export function completeRuns(folder: string): number {
  return runStates(folder).filter((state) => state === 'complete').length;
}

function names(runs: string): string[] {
  try {
    return readdirSync(runs)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch {
    return [];
  }
}
