import { aggregateFunctions } from '../profile/queries/functions.ts';
import { sliceWindows } from '../profile/queries/slice.ts';
import { FrameKind, type Profile } from '../profile/tables.ts';

/** A function of a profile on its own. Amounts in the profile's unit, shares 0…1 of all of it. */
export interface ProfileFunction {
  readonly function: string;
  /** null where there is none. */
  readonly file: string | null;
  /** 1-based, 0 unknown. */
  readonly line: number;
  readonly self: number;
  readonly total: number;
  readonly selfShare: number;
  readonly totalShare: number;
}

/** Every function with any weight, by its own and then by its total; idle and the root left out. */
export function profileFunctions(profile: Profile): { readonly total: number; readonly functions: ProfileFunction[] } {
  const { strings, frames } = profile;
  const weights = sliceWindows(profile);
  const { selfUs, totalUs } = aggregateFunctions(profile, weights);
  const whole = Math.max(weights.sumUs, Number.MIN_VALUE);
  const functions: ProfileFunction[] = [];
  for (let frame = 0; frame < frames.length; frame++) {
    const kind = frames.kind[frame];
    const self = selfUs[frame] ?? 0;
    const total = totalUs[frame] ?? 0;
    if (total <= 0 || kind === FrameKind.idle || kind === FrameKind.root) continue;
    functions.push({
      function: strings[frames.name[frame] ?? -1] ?? '',
      file: strings[frames.file[frame] ?? -1] ?? null,
      line: frames.line[frame] ?? 0,
      self,
      total,
      selfShare: self / whole,
      totalShare: total / whole,
    });
  }
  functions.sort((a, b) => b.self - a.self || b.total - a.total);
  return { total: weights.sumUs, functions };
}
