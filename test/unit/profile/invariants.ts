import assert from 'node:assert/strict';
import { maxNameLength } from '../../../src/profile/builder.ts';
import type { Profile } from '../../../src/profile/tables.ts';

/** What every profile promises, wherever it came from (see src/profile/tables.ts). */
export function assertSound(profile: Profile): void {
  const { strings, frames, stacks, samples, threads } = profile;
  for (const text of strings) assert.ok(text.length <= maxNameLength);
  for (let frame = 0; frame < frames.length; frame++) {
    assert.ok((frames.name[frame] ?? -1) >= 0 && (frames.name[frame] ?? 0) < strings.length);
    assert.ok((frames.file[frame] ?? -2) >= -1 && (frames.file[frame] ?? 0) < strings.length);
    assert.ok((frames.line[frame] ?? -1) >= 0 && (frames.column[frame] ?? -1) >= 0);
    assert.ok((frames.kind[frame] ?? 99) <= 7);
  }
  const known = new Set<string>();
  for (let stack = 0; stack < stacks.length; stack++) {
    const parent = stacks.parent[stack] ?? -2;
    assert.ok(parent >= -1 && parent < stack, 'callers come first');
    assert.equal(stacks.depth[stack], parent < 0 ? 0 : (stacks.depth[parent] ?? 0) + 1);
    assert.ok((stacks.frame[stack] ?? -1) >= 0 && (stacks.frame[stack] ?? 0) < frames.length);
    const key = `${parent}/${stacks.frame[stack] ?? -1}`;
    assert.ok(!known.has(key), 'no two stacks have the same caller and function');
    known.add(key);
  }
  assert.equal(stacks.lineStart.length, stacks.length + 1);
  assert.equal(stacks.lineStart[stacks.length], stacks.lineNumber.length);
  assert.equal(stacks.lineNumber.length, stacks.lineTicks.length);
  const last = new Map<number, number>();
  for (let row = 0; row < samples.length; row++) {
    const thread = samples.thread[row] ?? -1;
    const time = samples.timeUs[row] ?? Number.NaN;
    const weight = samples.weightUs[row] ?? Number.NaN;
    assert.ok(thread >= 0 && thread < threads.length);
    assert.ok((samples.stack[row] ?? -1) >= 0 && (samples.stack[row] ?? 0) < stacks.length);
    assert.ok(Number.isFinite(time) && Number.isFinite(weight) && weight >= 0);
    assert.ok(time >= (last.get(thread) ?? Number.NEGATIVE_INFINITY), 'samples of a thread are in order of time');
    last.set(thread, time);
  }
  assert.ok(Number.isFinite(profile.startUs) && Number.isFinite(profile.endUs) && profile.endUs >= profile.startUs);
}
