import { diffResult } from '../report/diff.ts';
import { diffJson } from '../report/diffJson.ts';
import { diffTable } from '../report/diffTable.ts';
import type { Command } from './command.ts';
import { shownPath } from './places.ts';
import { openSource } from './profileSource.ts';
import type { Surroundings } from './surroundings.ts';

/** Shows what changed from A to B: CPU time of each function, and response times where both are runs. */
export async function diffCommand(
  { a, b, runs, json }: Extract<Command, { name: 'diff' }>,
  { terminal, cwd }: Surroundings,
): Promise<void> {
  const before = await openSource(a, runs, cwd);
  const after = await openSource(b, runs, cwd);
  const diff = diffResult(before.source, after.source);
  if (json) {
    terminal.out(`${JSON.stringify(diffJson(before.path, after.path, diff), null, 2)}\n`);
    return;
  }
  const showPath = (path: string): string => shownPath(path, cwd);
  const names = [showPath(before.path), showPath(after.path)] as const;
  terminal.out(diffTable(diff, { width: terminal.width, paint: terminal.paintOut, showPath, names }));
}
