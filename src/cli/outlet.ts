import { fstatSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';

type StandardStream = NodeJS.WriteStream & { readonly fd: number };

/**
 * Standard output or standard error. A reader that goes away (`slowpath list | head -1`) is no failure of ours: what can't be
 * written is dropped, and the exit code still tells the result. What anything else kept from being written is remembered.
 */
export class Outlet {
  readonly terminal: StandardStream;
  readonly stream: Writable;
  private lost: Error | null = null;

  constructor(terminal: StandardStream) {
    this.terminal = terminal;
    this.stream = isFile(terminal.fd) ? wholeWrites(terminal.fd) : terminal;
    this.stream.on('error', (error: Error) => {
      if (!readerLeft(error)) this.lost ??= error;
    });
  }

  /** Resolves once everything written so far has left, or can't; with what kept it from being whole, else null. */
  async flushed(): Promise<Error | null> {
    const { stream } = this;
    if (!stream.destroyed && !stream.writableEnded) {
      await new Promise<void>((resolve) => stream.write('', () => resolve()));
    }
    return this.lost;
  }
}

/** Whether a failed write only says that nobody reads any more. */
export function readerLeft(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ERR_STREAM_DESTROYED';
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

/** Node's own stream on a file takes a write that a full disk cut short for a whole one. */
function wholeWrites(fd: number): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      try {
        for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at);
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}
