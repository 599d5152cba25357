/** What a new plan could measure: npm scripts, launch configurations, and processes that listen already. */
import type { Candidate } from './candidate.ts';
import { discoverLaunches } from './discoverLaunches.ts';
import { discoverProcesses } from './discoverProcesses.ts';
import { discoverScripts } from './discoverScripts.ts';

export { planTextFor } from './planText.ts';
export type { Candidate } from './candidate.ts';

/**
 * Scripts first, then launch configurations that start something else, then processes. Reads only; files that are missing,
 * broken, large or not text are passed over.
 */
export async function discoverTargets(workspaceFolder: string): Promise<Candidate[]> {
  const [scripts, launches, processes] = await Promise.all([
    discoverScripts(workspaceFolder),
    discoverLaunches(workspaceFolder),
    discoverProcesses(),
  ]);
  const seen = new Set<string>();
  return [...scripts, ...launches, ...processes].filter(({ target }) => {
    if (!target || 'pid' in target) return true;
    // The same file in another environment is another service: other ports, modes, databases.
    const env = Object.entries(target.env).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([target.cwd, target.command, target.args, target.runtimeArgs, env]);
    return seen.size !== seen.add(key).size;
  });
}
