import { SlowpathError } from '../../errors.ts';

/** A parsed JSON object whose fields nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A fault in a profile's content. @param fault what is wrong, as the second half of a sentence. */
export function malformed(fault: string): SlowpathError {
  return new SlowpathError('FORMAT_MALFORMED', `The profile is damaged: ${fault}. Record it again.`);
}

/** More than can be held. @param what it has, as the second half of a sentence. */
export function tooLarge(what: string): SlowpathError {
  return new SlowpathError('FORMAT_TOO_LARGE', `The profile has ${what}: record a shorter time or fewer processes.`);
}

export function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
