/**
 * Injected into every Node process and worker thread of a target with `NODE_OPTIONS=--require`, or required over the inspector
 * into a process that was attached. Node 18 or newer, no dependency; whatever fails here, the program does not notice.
 */
import { Probe, type ProbeOptions } from './probe/probe.ts';
import { keepLinesOfTsx } from './probe/tsxLines.ts';
import { ENV_RUN, ENV_SOCKET } from './wire.ts';

/** Starts a probe in the calling thread; used when attaching. */
export function attach(options: ProbeOptions): void {
  new Probe(options);
}

try {
  const socket = process.env[ENV_SOCKET];
  const run = process.env[ENV_RUN];
  if (socket && run) {
    attach({ socket, run });
    keepLinesOfTsx(process.execArgv, process.env);
  }
} catch {
  // An unmeasured program is better than a broken one; the launcher names the gap when no probe reports.
}
