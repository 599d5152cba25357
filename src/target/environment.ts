import { ENV_CLOCK, ENV_RUN, ENV_SOCKET } from './wire.ts';

export type Environment = Readonly<Record<string, string>>;

/** Set by Node for its own forks, by Electron and by VS Code for theirs: none of the target's business. */
const FOREIGN = /^(?:ELECTRON_|VSCODE_|NODE_CHANNEL_|NODE_UNIQUE_ID$|NODE_TEST_CONTEXT$|APPLICATION_INSIGHTS_NO_)/i;
/** Only VS Code's own processes carry these; in its terminals they are absent. */
const HOST_MARKS = [
  'ELECTRON_RUN_AS_NODE',
  'VSCODE_ESM_ENTRYPOINT',
  'VSCODE_CRASH_REPORTER_PROCESS_TYPE',
  'VSCODE_HANDLES_UNCAUGHT_ERRORS',
  'VSCODE_NLS_CONFIG',
];
/** The JavaScript debugger's auto-attach, as it puts itself into NODE_OPTIONS of VS Code's terminals. */
const AUTO_ATTACH = /--require[ =](?:"[^"]*ms-vscode\.js-debug[^"]*"|\S*ms-vscode\.js-debug\S*)/g;

/**
 * The environment of a child: the person's own without what the extension host or a forking Node added, and what the plan adds.
 * NODE_OPTIONS survives only where it is the person's: not the extension host's, not the debugger's auto-attach.
 */
export function userEnvironment(inherited: NodeJS.ProcessEnv, added: Environment = {}): Record<string, string> {
  const inHost = HOST_MARKS.some((name) => inherited[name] !== undefined);
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined || FOREIGN.test(name) || name === ENV_RUN || name === ENV_SOCKET || name === ENV_CLOCK)
      continue;
    if (name === 'NODE_OPTIONS') {
      const own = inHost ? '' : value.replaceAll(AUTO_ATTACH, '').trim();
      if (own !== '') env[name] = own;
    } else {
      env[name] = value;
    }
  }
  return { ...env, ...added };
}

/** The guard runs on the launcher's own binary, which inside VS Code is Electron. */
export function guardEnvironment(inherited: NodeJS.ProcessEnv): Record<string, string> {
  const env = userEnvironment({ ...inherited, NODE_OPTIONS: undefined });
  return process.versions['electron'] === undefined ? env : { ...env, ELECTRON_RUN_AS_NODE: '1' };
}

export interface ProbeCoordinates {
  readonly run: string;
  readonly socket: string;
  /** Absolute path of the preload bundle. */
  readonly preload: string;
}

/** Marks a tree that carries no probe, so that its guard finds whatever leaves the process group. */
export function withMark(env: Environment, run: string): Record<string, string> {
  return { ...env, [ENV_RUN]: run };
}

/** Adds the probe to a Node environment: worker threads and Node child processes inherit it. The person's NODE_OPTIONS come first. */
export function withProbe(env: Environment, probe: ProbeCoordinates): Record<string, string> {
  // Node splits NODE_OPTIONS at spaces, except inside double quotes, where a backslash escapes.
  const require = `--require="${probe.preload.replaceAll(/["\\]/g, '\\$&')}"`;
  const own = env['NODE_OPTIONS'];
  return {
    ...env,
    NODE_OPTIONS: own ? `${own} ${require}` : require,
    [ENV_RUN]: probe.run,
    [ENV_SOCKET]: probe.socket,
  };
}
