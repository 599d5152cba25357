import { SlowpathError } from '../errors.ts';
import { ProfileBuilder } from './builder.ts';
import type { Profile } from './tables.ts';

/**
 * Several profiles (threads, processes, targets) as one: their strings, frames and stacks interned together, so that the
 * same call path is the same stack wherever it ran. Samples stay grouped by thread. No profiles: an empty one.
 *
 * @throws FORMAT_UNKNOWN for profiles of different units: µs and bytes have no sum.
 */
export function mergeProfiles(profiles: readonly Profile[]): Profile {
  const [only] = profiles;
  if (only && profiles.length === 1) return only;
  const builder = new ProfileBuilder();
  const unit = only?.unit ?? 'us';
  let startUs = Number.POSITIVE_INFINITY;
  let endUs = Number.NEGATIVE_INFINITY;
  let intervalUs = 0;
  for (const profile of profiles) {
    if (profile.unit !== unit)
      throw new SlowpathError('FORMAT_UNKNOWN', `Profiles in ${unit} and in ${profile.unit} can't be shown as one.`);
    append(profile, builder);
    startUs = Math.min(startUs, profile.startUs);
    endUs = Math.max(endUs, profile.endUs);
    intervalUs = Math.max(intervalUs, profile.intervalUs);
  }
  if (profiles.length === 0) return builder.build({ intervalUs: 0, startUs: 0, endUs: 0 });
  const timeless = profiles.some((profile) => profile.timeless);
  return builder.build({ unit, timeless, intervalUs, startUs, endUs });
}

function append({ strings, frames, stacks, samples, threads }: Profile, builder: ProfileBuilder): void {
  const text = (id: number): string => strings[id] ?? '';
  const frameOf = Int32Array.from({ length: frames.length }, (_, frame) =>
    builder.frame(
      text(frames.name[frame] ?? -1),
      text(frames.file[frame] ?? -1),
      frames.line[frame] ?? 0,
      frames.column[frame] ?? 0,
      frames.kind[frame] ?? 0,
      frames.tier[frame] ?? 0,
    ),
  );
  const stackOf = new Int32Array(stacks.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const parent = stacks.parent[stack] ?? -1;
    const merged = builder.stack(parent < 0 ? -1 : (stackOf[parent] ?? -1), frameOf[stacks.frame[stack] ?? 0] ?? 0);
    stackOf[stack] = merged;
    for (let row = stacks.lineStart[stack] ?? 0; row < (stacks.lineStart[stack + 1] ?? 0); row++) {
      builder.ticks(merged, stacks.lineNumber[row] ?? 0, stacks.lineTicks[row] ?? 0);
    }
  }
  const threadOf = threads.map((thread) => builder.thread(thread));
  for (let row = 0; row < samples.length; row++) {
    builder.sample(
      samples.timeUs[row] ?? 0,
      samples.weightUs[row] ?? 0,
      stackOf[samples.stack[row] ?? 0] ?? 0,
      threadOf[samples.thread[row] ?? 0] ?? 0,
    );
  }
}
