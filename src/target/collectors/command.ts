import { execFile } from 'node:child_process';

export interface Outcome {
  /** Null if it was not found, was killed, or took too long. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const MAX_BYTES = 16 * 1024 * 1024;

/** Runs a short command of our own, without a shell; whatever goes wrong is told, not thrown. */
export function runCommand(
  file: string,
  args: readonly string[],
  { timeoutMs = 10_000, input }: { readonly timeoutMs?: number; readonly input?: string } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_BYTES } as const;
    const child = execFile(file, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, stdout, stderr });
    });
    // It may end without reading what it is given.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}
