import type { Profile } from '../tables.ts';
import { WindowClip } from './slice.ts';

/**
 * The profile of a stretch of time: samples that reach into it, cut to it. Names, stacks and line ticks stay as they are, and a timeless
 * profile as a whole: its rows stand at no real time.
 */
export function clipProfile(profile: Profile, startUs: number, endUs: number): Profile {
  if (profile.timeless) return profile;
  const { samples, threads } = profile;
  const clip = new WindowClip(Float64Array.of(startUs, endUs), threads.length);
  const kept = new Int32Array(samples.length);
  const weightUs = new Float64Array(samples.length);
  let length = 0;
  for (let row = 0; row < samples.length; row++) {
    const time = samples.timeUs[row] ?? 0;
    const inside = clip.overlap(samples.thread[row] ?? 0, time, time + (samples.weightUs[row] ?? 0));
    if (inside < 0) continue;
    kept[length] = row;
    weightUs[length++] = inside;
  }
  const rows = kept.subarray(0, length);
  return {
    ...profile,
    samples: {
      length,
      timeUs: Float64Array.from(rows, (row) => Math.max(startUs, samples.timeUs[row] ?? 0)),
      weightUs: weightUs.slice(0, length),
      stack: rows.map((row) => samples.stack[row] ?? 0),
      thread: rows.map((row) => samples.thread[row] ?? 0),
    },
    startUs: Math.max(startUs, profile.startUs),
    endUs: Math.min(endUs, profile.endUs),
  };
}
