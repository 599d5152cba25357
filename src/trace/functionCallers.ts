import { mainCallers } from '../profile/queries/mainCallers.ts';
import { sliceWindows, type StackWeights } from '../profile/queries/slice.ts';
import type { Profile } from '../profile/tables.ts';
import type { Run } from '../run/model.ts';
import { measuredRange } from './analyse.ts';
import type { Brushed } from './analysis.ts';
import { brushedWindows } from './windows.ts';

/** A function that called another, as a person reads it. Names and files are untrusted text. */
export interface CallerRow {
  /** null: nothing called it, it stood at the bottom of the stack. */
  readonly name: string | null;
  readonly file: string | null;
  /** Where it starts, 1-based; 0 unknown. */
  readonly line: number;
  /** Of the called function's total time, 0…1. */
  readonly share: number;
  readonly us: number;
}

export interface FunctionCallers {
  /** Greatest first. */
  readonly callers: readonly CallerRow[];
  readonly others: { readonly count: number; readonly share: number };
}

/** The cut of the run looked at last: a hand moves over one function after the other of the same stretch of time. */
const cuts = new WeakMap<Run, { readonly key: string; readonly weights: StackWeights }>();

/**
 * Who called a function (an index into the profile's frames) in a part of a run, by the time that came through each.
 * @returns null where the run has no such function, or it has no time there.
 */
export function functionCallers(run: Run, range: Brushed | null, frame: number, most: number): FunctionCallers | null {
  const { profile } = run;
  if (!profile) return null;
  const key = JSON.stringify(range);
  let cut = cuts.get(run);
  if (cut?.key !== key) {
    const windows = brushedWindows(run.requests, range ?? measuredRange(run));
    cut = { key, weights: sliceWindows(profile, { windows }) };
    cuts.set(run, cut);
  }
  return callersIn(profile, cut.weights, frame, most);
}

/** The same in a selection of a profile on its own. */
export function callersIn(
  profile: Profile,
  weights: StackWeights,
  frame: number,
  most: number,
): FunctionCallers | null {
  const { strings, frames } = profile;
  if (!(frame >= 0 && frame < frames.length)) return null;
  const { callers, others, totalUs } = mainCallers(profile, weights, frame, most);
  if (totalUs === 0) return null;
  return {
    callers: callers.map(({ frame: caller, us }) => {
      const file = strings[frames.file[caller] ?? -1] ?? null;
      return {
        name: caller < 0 ? null : (strings[frames.name[caller] ?? -1] ?? ''),
        file,
        // V8 gives builtins lines of sources that nobody can open.
        line: file === null ? 0 : (frames.line[caller] ?? 0),
        share: us / totalUs,
        us,
      };
    }),
    others: { count: others.count, share: others.us / totalUs },
  };
}
