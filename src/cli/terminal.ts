import { newPaint, type Paint } from '../report/paint.ts';
import type { Outlet } from './outlet.ts';

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

type Env = Readonly<Record<string, string | undefined>>;

export function newTerminal(out: Outlet, err: Outlet, env: Env): Terminal {
  const { terminal: stdout } = out;
  const { terminal: stderr } = err;
  return {
    stdout: out.stream,
    out: (text) => void out.stream.write(text),
    err: (text) => void err.stream.write(text),
    paintOut: newPaint(hasColour(stdout, env)),
    paintErr: newPaint(hasColour(stderr, env)),
    width: stdout.isTTY && stdout.columns > 0 ? stdout.columns : 100,
    // A terminal that nobody has told its size (a CI service's) has 0 columns.
    liveColumns: () =>
      stderr.isTTY && stderr.columns > 0 && env['TERM'] !== 'dumb' && !env['CI'] ? stderr.columns : null,
  };
}

/** FORCE_COLOR (https://force-color.org) over NO_COLOR (https://no-color.org) over what the stream is, as Node itself has it. */
export function hasColour(stream: { readonly isTTY?: boolean }, env: Env): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR']) return false;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
