import { groupRows } from '../columns.ts';
import { idleStacks } from '../queries/slice.ts';
import type { Profile } from '../tables.ts';
import { exportMark, inChunks, microseconds } from './chunks.ts';
import { threadName } from './names.ts';
import { pathUp } from './stackTimes.ts';
import { timelineOf } from './timeline.ts';

/**
 * speedscope's own format (file-format-spec.ts of jlfwong/speedscope): one sampled profile a thread, weights in the profile's unit, all on
 * one time axis. Idle time is a sample without frames, which speedscope shows as a hole.
 */
export function exportSpeedscope(profile: Profile, name: string): Iterable<string> {
  return inChunks(pieces(profile, name));
}

function* pieces(profile: Profile, name: string): Generator<string> {
  const { frames, strings, samples, threads } = profile;
  yield `{"exporter":"${exportMark}","$schema":"https://www.speedscope.app/file-format-schema.json",`;
  yield `"name":${JSON.stringify(name)},"activeProfileIndex":0,"shared":{"frames":[`;
  for (let frame = 0; frame < frames.length; frame++) {
    const file = strings[frames.file[frame] ?? -1];
    const [line = 0, column = 0] = [frames.line[frame], frames.column[frame]];
    const entry = {
      name: strings[frames.name[frame] ?? -1] ?? '',
      ...(file !== undefined && { file }),
      ...(line > 0 && { line }),
      ...(column > 0 && { col: column }),
    };
    yield `${frame > 0 ? ',' : ''}\n${JSON.stringify(entry)}`;
  }
  yield '\n]},"profiles":[';
  const byThread = groupRows(samples.thread, threads.length);
  const listed = listedStacks(profile);
  let written = 0;
  for (const [index, thread] of threads.entries()) {
    const rows = byThread.rows.subarray(byThread.start[index], byThread.start[index + 1]);
    if (rows.length === 0) continue;
    const timeline = timelineOf(profile, rows, profile.startUs);
    const endUs = timeline.durationUs.reduce((sum, us) => sum + us, timeline.startUs);
    yield `${written++ > 0 ? ',' : ''}\n{"type":"sampled","name":${JSON.stringify(threadName(thread))},"unit":"${units[profile.unit]}",`;
    yield `"startValue":${microseconds(timeline.startUs)},"endValue":${microseconds(endUs)},"samples":[`;
    for (let row = 0; row < timeline.length; row++) yield `${row > 0 ? ',' : ''}[${listed(timeline.stack[row] ?? -1)}]`;
    yield '],"weights":[';
    for (let row = 0; row < timeline.length; row++)
      yield `${row > 0 ? ',' : ''}${microseconds(timeline.durationUs[row] ?? 0)}`;
    yield ']}';
  }
  yield '\n]}\n';
}

/** speedscope's names of units. */
const units = { us: 'microseconds', bytes: 'bytes', count: 'none' } as const;

/** A stack's frames from the root, as they stand in the file; kept, since most samples repeat a stack. */
function listedStacks(profile: Profile): (stack: number) => string {
  const idle = idleStacks(profile);
  const known = new Map</* stack */ number, string>();
  return (stack) => {
    if (stack < 0 || idle[stack] === 1) return '';
    let text = known.get(stack);
    if (text === undefined) {
      text = pathUp(profile, stack)
        .reverse()
        .map((at) => profile.stacks.frame[at] ?? 0)
        .join(',');
      known.set(stack, text);
    }
    return text;
  };
}
