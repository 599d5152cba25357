import { randomBytes } from 'node:crypto';

/**
 * W3C trace contexts (www.w3.org/TR/trace-context): `00-<trace id>-<parent id>-01`. The trace id is a prefix of 16 digits, one for
 * each run, and the request's sequence number in 16 more; the parent id is the sequence number.
 */
export function newTracePrefix(): string {
  // All zeros would be invalid together with a sequence of 0, which never occurs; a non-zero first digit keeps it simple.
  return `1${randomBytes(8).toString('hex').slice(1)}`;
}

/** @param sequence from 1. */
export function traceparent(prefix: string, sequence: number): string {
  const digits = sequence.toString(16).padStart(16, '0');
  return `00-${prefix}${digits}-${digits}-01`;
}

/** Where the two numbers stand in a traceparent's text. */
export const sequenceOffsets = [3 + 16, 3 + 32 + 1] as const;

/** Writes the number's 16 digits at each place, without an allocation. Numbers up to 2^53. */
export function writeSequence(bytes: Uint8Array, at: number, sequence: number): void {
  let rest = sequence;
  for (let i = at + 15; i >= at; i--) {
    const digit = rest % 16;
    bytes[i] = digit < 10 ? 48 + digit : 87 + digit;
    rest = (rest - digit) / 16;
  }
}
