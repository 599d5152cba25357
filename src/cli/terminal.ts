import { newPaint, type Paint } from '../report/paint.ts';

/** Where a command writes: its result to standard output, all else to standard error. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly paintOut: Paint;
  readonly paintErr: Paint;
  /** Standard output itself, for what is no text or too long for one. */
  readonly stdout: NodeJS.WritableStream;
  /** Columns of standard output; 100 where it is no terminal. */
  readonly width: number;
  /** Columns of standard error if a line there can be rewritten, else null. */
  readonly liveColumns: () => number | null;
}

type Stream = NodeJS.WriteStream;
type Env = Readonly<Record<string, string | undefined>>;

export function newTerminal(stdout: Stream, stderr: Stream, env: Env): Terminal {
  return {
    stdout,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    paintOut: newPaint(hasColour(stdout, env)),
    paintErr: newPaint(hasColour(stderr, env)),
    width: stdout.isTTY ? stdout.columns : 100,
    liveColumns: () => (stderr.isTTY && env['TERM'] !== 'dumb' && !env['CI'] ? stderr.columns : null),
  };
}

/** FORCE_COLOR (https://force-color.org) over NO_COLOR (https://no-color.org) over what the stream is, as Node itself has it. */
export function hasColour(stream: { readonly isTTY?: boolean }, env: Env): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR']) return false;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/**
 * A reader that goes away (`slowpath list | head -1`) is no failure of ours: what can't be written is dropped, and the exit
 * code still tells the result.
 */
export function outliveReaders(streams: readonly NodeJS.WritableStream[]): void {
  for (const stream of streams) stream.on('error', () => undefined);
}

/** Resolves once everything written so far has left, or can't. */
export async function flushed(streams: readonly Stream[]): Promise<void> {
  await Promise.all(
    streams.map(
      (stream) =>
        new Promise<void>((resolve) => {
          if (stream.destroyed || stream.writableEnded) resolve();
          else stream.write('', () => resolve());
        }),
    ),
  );
}
