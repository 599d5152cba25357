import { SlowpathError } from '../errors.ts';
import { nearest } from '../plan/suggest.ts';

/** What was asked for can't be done. @param message one sentence, with what to write instead. */
export function usage(message: string, cause?: unknown): SlowpathError {
  return new SlowpathError('USAGE', message, cause === undefined ? undefined : { cause });
}

/** The end of a sentence that refuses a word. @param prefix of what was meant. */
export function didYouMean(word: string, candidates: readonly string[], prefix = ''): string {
  const near = nearest(word, candidates);
  return near === null ? '; see slowpath help.' : `; did you mean ${prefix}${near}?`;
}
