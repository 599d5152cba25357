import { constants, open } from 'node:fs/promises';
import { SlowpathError } from '../errors.ts';
import { maxPlanBytes } from './document.ts';
import { readPlan, refuseTooLarge, shownName } from './read.ts';
import type { Plan } from './schema.ts';

/**
 * Reads a plan's file. Never reads more than 1 MiB of it.
 * @throws SlowpathError PLAN_NOT_FOUND, PLAN_TOO_LARGE, PLAN_SYNTAX (also for bytes that aren't UTF-8), PLAN_INVALID.
 */
export async function loadPlanFile(file: string): Promise<{ plan: Plan; text: string }> {
  const bytes = await readAtMost(file, maxPlanBytes + 1);
  refuseTooLarge(bytes.length, file);
  const text = decode(bytes, file);
  return { plan: readPlan(text, file), text };
}

async function readAtMost(file: string, limit: number): Promise<Uint8Array> {
  try {
    // A named pipe would otherwise keep whoever opens it until somebody writes. (Windows has neither.)
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await handle.stat()).isFile()) throw new Error('not a file');
    const buffer = new Uint8Array(limit);
    let length = 0;
    while (length < limit) {
      const { bytesRead } = await handle.read(buffer, length, limit - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } catch (error) {
    throw new SlowpathError('PLAN_NOT_FOUND', unreadable(file, error), { cause: error });
  }
}

function unreadable(file: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return `There is no plan ${shownName(file)}; run Slowpath: Create Plan, or name one with --plan.`;
  if (code === 'EACCES' || code === 'EPERM')
    return `The plan ${shownName(file)} may not be read; grant read access to it.`;
  return `The plan ${shownName(file)} can't be read as a file; name a plan with --plan.`;
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const { line, column, byte } = firstBadByte(bytes);
    const wrong = utf16 ? 'the file is UTF-16' : `the byte 0x${byte.toString(16).padStart(2, '0')} is not UTF-8`;
    throw new SlowpathError('PLAN_SYNTAX', `${shownName(file)}:${line}:${column}: ${wrong}; save the file as UTF-8`, {
      cause: error,
    });
  }
}

/** By bisection over prefixes: the longest that is valid, perhaps but for the rest of its last character. */
function firstBadByte(bytes: Uint8Array): { line: number; column: number; byte: number } {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isValidStart(bytes.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  const before = new TextDecoder().decode(bytes.subarray(0, low), { stream: true });
  const lines = before.split(/\r\n|\n|\r/);
  const byte = bytes[Math.min(low, bytes.length - 1)] ?? 0;
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1, byte };
}

function isValidStart(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
