/** What several rules ask of the same evidence, worked out once. */
import type { Evidence } from './finding.ts';
import { scanSource, type SourceText } from './source.ts';
import { stackTimesOf, type StackTimes } from './stackTimes.ts';
import { causesOf, type Causes } from './causes.ts';

export interface Known {
  /** Null where there is no profile. */
  readonly times: StackTimes | null;
  readonly causes: Causes | null;
  /** A file of the target, scanned; null if it can't be read. */
  readonly source: (file: string) => SourceText | null;
}

const known = new WeakMap<Evidence, Known>();

export function knownOf(evidence: Evidence): Known {
  const kept = known.get(evidence);
  if (kept) return kept;
  const sources = new Map</* file */ string, SourceText | null>();
  const source = (file: string): SourceText | null => {
    let found = sources.get(file);
    if (found === undefined) {
      const text = evidence.readSource(file);
      found = text === null ? null : scanSource(text);
      sources.set(file, found);
    }
    return found;
  };
  const times = stackTimesOf(evidence);
  const made = { times, causes: times && causesOf(times, source), source };
  known.set(evidence, made);
  return made;
}
