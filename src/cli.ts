/** The command line `slowpath`: reads the words, runs the command, ends with its exit code. */
import { readArguments } from './cli/arguments.ts';
import { execute } from './cli/commands.ts';
import { ExitCode, exitCodeOf } from './cli/exitCodes.ts';
import { flushed, newTerminal, outliveReaders } from './cli/terminal.ts';
import { asSlowpathError } from './errors.ts';
import { visible } from './plan/visible.ts';

const streams = [process.stdout, process.stderr];
outliveReaders(streams);
const terminal = newTerminal(process.stdout, process.stderr, process.env);

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The second time at once: the targets' guards see this process go and end them.
    if (stop.signal.aborted) process.exit(ExitCode.cancelled);
    stop.abort();
  });
}

void main().then(async (code) => {
  await flushed(streams);
  process.exit(code);
});

async function main(): Promise<ExitCode> {
  try {
    const command = readArguments(process.argv.slice(2));
    return await execute(command, { terminal, cwd: process.cwd(), env: process.env, signal: stop.signal });
  } catch (error) {
    const { code, message } = asSlowpathError(error);
    const text = message
      .split('\n')
      .map((line) => visible(line, 4000))
      .join('\n');
    terminal.err(`${terminal.paintErr.red('slowpath:')} ${text}\n`);
    return exitCodeOf(code);
  }
}
