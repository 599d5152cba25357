import { messageOf } from '../errors.ts';
import { nearest } from '../plan/suggest.ts';
import { parseRate } from '../plan/units.ts';
import { quoted } from '../plan/visible.ts';
import type { OptionName, Values } from './options.ts';
import { usage } from './usage.ts';

/**
 * The value of an option; undefined where it is not given.
 * @throws SlowpathError USAGE, with the option's name, for a value that can't be read.
 */
export function reading<T>(values: Values, name: OptionName, read: (text: string) => T): T | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  try {
    return read(text);
  } catch (error) {
    throw usage(`--${name}: ${messageOf(error)}.`, error);
  }
}

/** Requests a second, where a bare number will do. */
export function writtenRate(text: string): number {
  return parseRate(/^[\d.]+$/.test(text) ? Number(text) : text);
}

/** Reads a whole number of something, from the least to the most. */
export function numberOf(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
    if (!(count >= least && count <= most))
      throw usage(`${quoted(text)} is no number of ${what}; write ${least} to ${most}`);
    return count;
  };
}

/** One of the known words; undefined where the option is not given. */
export function oneOf<T extends string>(values: Values, name: OptionName, known: readonly T[]): T | undefined {
  const text = values.get(name);
  const found = known.find((each) => each === text);
  if (text === undefined || found !== undefined) return found;
  const near = nearest(text, known);
  throw usage(
    `--${name} can't be ${quoted(text)}${near === null ? `: it is ${known.join(', ')}.` : `; did you mean ${near}?`}`,
  );
}
