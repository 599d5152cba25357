/** The command line `slowpath`: reads the words, runs the command, ends with its exit code. */
import { readArguments } from './cli/arguments.ts';
import { execute } from './cli/commands.ts';
import { ExitCode, exitCodeOf } from './cli/exitCodes.ts';
import { Outlet } from './cli/outlet.ts';
import { newTerminal } from './cli/terminal.ts';
import { asSlowpathError } from './errors.ts';
import { visible } from './plan/visible.ts';

const stdout = new Outlet(process.stdout);
const stderr = new Outlet(process.stderr);
const terminal = newTerminal(stdout, stderr, process.env);

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The second time at once: the targets' guards see this process go and end them.
    if (stop.signal.aborted) process.exit(ExitCode.cancelled);
    stop.abort();
  });
}

void main().then(async (code) => {
  const lost = await stdout.flushed();
  if (lost) tell(`Not all of the result could be written to standard output (${lost.message}); send it elsewhere.`);
  await stderr.flushed();
  process.exit(lost && code === ExitCode.good ? ExitCode.usage : code);
});

async function main(): Promise<ExitCode> {
  try {
    const command = readArguments(process.argv.slice(2));
    return await execute(command, { terminal, cwd: process.cwd(), env: process.env, signal: stop.signal });
  } catch (error) {
    const { code, message } = asSlowpathError(error);
    tell(message);
    return exitCodeOf(code);
  }
}

function tell(message: string): void {
  const text = message
    .split('\n')
    .map((line) => visible(line, 4000))
    .join('\n');
  terminal.err(`${terminal.paintErr.red('slowpath:')} ${text}\n`);
}
