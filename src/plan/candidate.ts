/** Something a plan could be written for: a way to start a service, or one that listens already. */
export interface Candidate {
  /** Where it was found. */
  readonly source: 'script' | 'launch' | 'process';
  /** A name for the scenario, e.g. `start`. */
  readonly name: string;
  /** Where it comes from, for the plan's comment and a list to choose from, e.g. `npm script "start": node server.js`. */
  readonly label: string;
  /** Null: only load is offered, to a process that Slowpath can't look into. */
  readonly target: CandidateLaunch | { readonly pid: number } | null;
  /** Port it listens on as far as that is known; for a launch, null means that it takes its port from `PORT`. */
  readonly port: number | null;
  /** Paths that answer a GET, as far as the source tells; may be empty. */
  readonly routes: readonly string[];
}

export interface CandidateLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly runtimeArgs: readonly string[];
  /** Relative to the workspace, `/` between folders, `.` for itself. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}
