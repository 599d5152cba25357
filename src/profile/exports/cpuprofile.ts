import { groupRows } from '../columns.ts';
import { sliceWindows } from '../queries/slice.ts';
import type { Profile } from '../tables.ts';
import { exportMark, inChunks, microseconds } from './chunks.ts';
import { timelineOf } from './timeline.ts';
import { idleFrame, idleId, rootFrame, rootId, v8Nodes, type V8Nodes } from './v8Nodes.ts';

/**
 * A V8 CPU profile (`Profiler.Profile` of the DevTools protocol), as DevTools and VS Code open it. The format has one
 * thread: several are laid one after another, the first on its own clock, so that every function's total stands.
 */
export function exportCpuProfile(profile: Profile): Iterable<string> {
  return inChunks(pieces(profile));
}

function* pieces(profile: Profile): Generator<string> {
  const nodes = v8Nodes(profile);
  yield `{"slowpath":{"exporter":"${exportMark}","intervalUs":${profile.intervalUs}},"nodes":[`;
  yield* nodeTexts(profile, nodes);
  const { samples, threads } = profile;
  const byThread = groupRows(samples.thread, threads.length);
  const lanes = threads
    .map((_, thread) => byThread.rows.subarray(byThread.start[thread], byThread.start[thread + 1]))
    .filter((rows) => rows.length > 0)
    .map((rows, lane) => timelineOf(profile, rows, lane === 0 ? profile.startUs : (samples.timeUs[rows[0] ?? 0] ?? 0)));
  const startUs = microseconds(lanes[0]?.startUs ?? profile.startUs);
  yield `\n],"startTime":${startUs},"samples":[`;
  let written = 0;
  for (const lane of lanes) for (const stack of lane.stack) yield `${written++ > 0 ? ',' : ''}${nodes.idOf(stack)}`;
  yield '],"timeDeltas":[';
  // A sample's delta is the time since the one before it, so it tells how long that one lasted.
  let now = startUs;
  let stamped = startUs;
  written = 0;
  for (const lane of lanes) {
    for (const durationUs of lane.durationUs) {
      const stamp = microseconds(now);
      yield `${written++ > 0 ? ',' : ''}${microseconds(stamp - stamped)}`;
      stamped = stamp;
      now += durationUs;
    }
  }
  yield `],"endTime":${microseconds(now)}}\n`;
}

function* nodeTexts(profile: Profile, nodes: V8Nodes): Generator<string> {
  const { stacks } = profile;
  const { samples: hits } = sliceWindows(profile, { idle: true });
  const children = new Map</* node */ number, number[]>([[rootId, [idleId]]]);
  for (const stack of nodes.stacks) {
    const parent = nodes.parentOf(stack);
    const known = children.get(parent);
    if (known) known.push(nodes.idOf(stack));
    else children.set(parent, [nodes.idOf(stack)]);
  }
  yield `\n{"id":${rootId},${rootFrame},"hitCount":0,"children":[${children.get(rootId)?.join() ?? ''}]}`;
  yield `,\n{"id":${idleId},${idleFrame},"hitCount":0}`;
  for (const stack of nodes.stacks) {
    const id = nodes.idOf(stack);
    yield `,\n{"id":${id},${nodes.callFrameOf(stack)},"hitCount":${hits[stack] ?? 0},"children":[${children.get(id)?.join() ?? ''}]`;
    const [from = 0, to = 0] = [stacks.lineStart[stack], stacks.lineStart[stack + 1]];
    if (to > from) {
      yield ',"positionTicks":[';
      for (let row = from; row < to; row++)
        yield `${row > from ? ',' : ''}{"line":${stacks.lineNumber[row] ?? 0},"ticks":${stacks.lineTicks[row] ?? 0}}`;
      yield ']';
    }
    yield '}';
  }
}
