import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** V8 names the log of each isolate so: its address, then the process id, as `--logfile=%p-v8.log` has it. */
const LOG = /^isolate-(?:0x)?[0-9A-Fa-f]+-(?:\d+-)?(\d+)-v8\.log$/;

export interface IsolateLog {
  readonly file: string;
  readonly pid: number;
}

export async function isolateLogs(folder: string): Promise<readonly IsolateLog[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort().flatMap((name) => {
    const pid = Number(LOG.exec(name)?.[1]);
    return Number.isSafeInteger(pid) ? [{ file: join(folder, name), pid }] : [];
  });
}

const newline = 0x0a;
const PIECE_BYTES = 1 << 20;
const tickMark = Buffer.from('tick,');

/**
 * Copies the lines a log has by now: V8 goes on writing, so that the last one may be half there. Stops at a length, too.
 *
 * @returns the samples among them, and whether the log goes on beyond `mostBytes`.
 */
export async function copyWholeLines(
  from: string,
  to: string,
  mostBytes: number,
): Promise<{ readonly ticks: number; readonly cut: boolean }> {
  await using source = await open(from, 'r');
  await using target = await open(to, 'w');
  const { size } = await source.stat();
  const end = Math.min(size, mostBytes);
  let ticks = 0;
  let kept = Buffer.alloc(0);
  for (let at = 0; at < end;) {
    const { buffer, bytesRead } = await source.read(
      Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - at)),
      0,
      undefined,
      at,
    );
    if (bytesRead === 0) break;
    at += bytesRead;
    const piece = Buffer.concat([kept, buffer.subarray(0, bytesRead)]);
    const whole = piece.lastIndexOf(newline) + 1;
    kept = piece.subarray(whole);
    for (let line = 0; line < whole; line = piece.indexOf(newline, line) + 1)
      if (piece.subarray(line, line + tickMark.length).equals(tickMark)) ticks++;
    await target.write(piece.subarray(0, whole));
  }
  return { ticks, cut: size > mostBytes };
}
