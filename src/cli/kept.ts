import { asSlowpathError } from '../errors.ts';
import { visible } from '../plan/visible.ts';
import { shownPath } from './places.ts';
import type { Terminal } from './terminal.ts';

/** Tells where that is which was recorded before a failure: nothing without a folder, or where the failure is that none can be written. */
export function tellKept(dir: string | null, error: unknown, terminal: Terminal, cwd: string): void {
  if (dir === null || asSlowpathError(error).code === 'RUN_WRITE_FAILED') return;
  terminal.err(terminal.paintErr.dim(`what was recorded is in ${visible(shownPath(dir, cwd), 500)}\n`));
}
