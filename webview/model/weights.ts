import { sliceWindows, type StackWeights } from '../../src/profile/queries/slice.ts';
import type { Profile } from '../../src/profile/tables.ts';
import type { Run } from '../../src/run/model.ts';
import type { Brushed } from '../../src/trace/analysis.ts';
import { brushedWindows } from '../../src/trace/windows.ts';

/** The profile cut to what was brushed last; kept, since the functions and the flamegraph of a brush ask for the same. */
export class BrushedWeights {
  private kept: { readonly profile: Profile; readonly key: string; readonly weights: StackWeights } | null = null;

  /** @param range null: all of it. @param thread index into the profile's threads, -1 for all. */
  of(profile: Profile, run: Run | null, range: Brushed | null, thread: number): StackWeights {
    const key = JSON.stringify([range, thread]);
    if (this.kept?.profile === profile && this.kept.key === key) return this.kept.weights;
    const windows = range && (run ? brushedWindows(run.requests, range) : Float64Array.of(range.startUs, range.endUs));
    const weights = sliceWindows(profile, { windows, threads: thread >= 0 ? [thread] : null });
    this.kept = { profile, key, weights };
    return weights;
  }
}
