import type { Terminal } from './terminal.ts';

/** Where a command runs. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the person wants it to end early. */
  readonly signal: AbortSignal;
}
