import { sliceWindows, type StackWeights } from '../profile/queries/slice.ts';
import { FrameKind, type Profile } from '../profile/tables.ts';
import type { TimeRange } from '../trace/analysis.ts';
import { functionRows, lineRows } from '../trace/costRows.ts';
import { callersIn, type FunctionCallers } from '../trace/functionCallers.ts';
import { hottestLines, mostCallers, mostFunctions } from './heatRows.ts';
import type { ProfileHeat, ProfileSource } from './fileReaderMessages.ts';

/** Source files told of one profile, and functions told of each, at most. */
const mostSources = 2000;
const mostNames = 20;

/** What the lines and functions of a profile cost, for the editor to show beside the code; the part asked for last is kept. */
export class HeatOfProfile {
  private readonly profile: Profile;
  private cut: { readonly key: string; readonly weights: StackWeights } | null = null;

  constructor(profile: Profile) {
    this.profile = profile;
  }

  /** Rows without a source file are left out. @param range null: all of it, as it is where nothing has a time */
  heat(range: TimeRange | null): ProfileHeat {
    const { profile } = this;
    const weights = this.weights(range);
    return {
      unit: profile.unit,
      durationUs: profile.timeless ? 0 : Math.max(0, profile.endUs - profile.startUs),
      functions: functionRows(profile, weights, null, null)
        .filter(({ file, line }) => file !== null && line > 0)
        .slice(0, mostFunctions),
      lines: hottestLines(lineRows(profile, weights, null)),
    };
  }

  /** Who called a function, an index into the profile's frames; null where nobody did. */
  callers(range: TimeRange | null, frame: number): FunctionCallers | null {
    return callersIn(this.profile, this.weights(range), frame, mostCallers);
  }

  /** The source files of the program itself and its libraries, with names of functions that stand in them. */
  sources(): ProfileSource[] {
    const { frames, strings } = this.profile;
    const names = new Map</* file */ number, Set<string>>();
    for (let frame = 0; frame < frames.length; frame++) {
      const file = frames.file[frame] ?? -1;
      const isSource = frames.kind[frame] !== FrameKind.runtime && frames.kind[frame] !== FrameKind.kernel;
      if (file < 0 || !isSource || (names.size >= mostSources && !names.has(file))) continue;
      const known = names.get(file) ?? new Set();
      names.set(file, known);
      if (known.size < mostNames) known.add(strings[frames.name[frame] ?? -1] ?? '');
    }
    return [...names].map(([file, found]) => ({ file: strings[file] ?? '', functions: [...found] }));
  }

  private weights(range: TimeRange | null): StackWeights {
    const key = JSON.stringify(range);
    if (this.cut?.key !== key) {
      const windows = range && Float64Array.of(range.startUs, range.endUs);
      this.cut = { key, weights: sliceWindows(this.profile, { windows }) };
    }
    return this.cut.weights;
  }
}
