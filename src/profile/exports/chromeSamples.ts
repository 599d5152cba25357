import type { Profile } from '../tables.ts';
import { microseconds } from './chunks.ts';
import { timelineOf, type Timeline } from './timeline.ts';
import { idleFrame, idleId, rootFrame, rootId, v8Nodes, type V8Nodes } from './v8Nodes.ts';

/** Whose samples they are, as the trace numbers it. */
export interface TraceLane {
  readonly pid: number;
  readonly tid: number;
}

const samplesPerChunk = 4096;
const category = 'disabled-by-default-v8.cpu_profiler';

/**
 * The samples of some threads as V8 streams them into a trace: one `Profile` event a thread, then `ProfileChunk` events
 * with the nodes that are new and the samples. Chrome's DevTools and Perfetto read both
 * (chrome-devtools-frontend, SamplesHandler.ts; perfetto, legacy_v8_cpu_profile_tracker.cc).
 *
 * @param lanes rows of samples in order of time with the thread they belong to.
 */
export function* sampleEvents(
  profile: Profile,
  lanes: readonly { readonly lane: TraceLane; readonly rows: Int32Array }[],
): Generator<string> {
  const nodes = v8Nodes(profile);
  for (const [index, { lane, rows }] of lanes.entries()) {
    const timeline = timelineOf(profile, rows, profile.samples.timeUs[rows[0] ?? 0] ?? 0);
    const head = (name: string, us: number): string =>
      `{"ph":"P","name":"${name}","cat":"${category}","id":"0x${(index + 1).toString(16)}","pid":${lane.pid},"tid":${lane.tid},"ts":${microseconds(us)}`;
    const startUs = microseconds(timeline.startUs);
    yield `${head('Profile', startUs)},"args":{"data":{"startTime":${startUs}}}}`;
    yield* chunks(profile, nodes, timeline, head);
  }
}

function* chunks(
  profile: Profile,
  nodes: V8Nodes,
  timeline: Timeline,
  head: (name: string, us: number) => string,
): Generator<string> {
  const told = new Uint8Array(profile.stacks.length);
  let now = timeline.startUs;
  let stamped = microseconds(now);
  for (let from = 0; from <= timeline.length; from += samplesPerChunk) {
    const fresh =
      from === 0 ? [`{"id":${rootId},${rootFrame}}`, `{"id":${idleId},"parent":${rootId},${idleFrame}}`] : [];
    const samples: number[] = [];
    const deltas: number[] = [];
    const chunkUs = now;
    const to = Math.min(from + samplesPerChunk, timeline.length + 1);
    for (let row = from; row < to; row++) {
      // Beyond the last one: idle, so that readers see how long the last sample lasted.
      const stack = row < timeline.length ? (timeline.stack[row] ?? -1) : -1;
      tell(profile, nodes, stack, told, fresh);
      const stamp = microseconds(now);
      samples.push(nodes.idOf(stack));
      deltas.push(microseconds(stamp - stamped));
      stamped = stamp;
      now += timeline.durationUs[row] ?? 0;
    }
    yield `${head('ProfileChunk', chunkUs)},"args":{"data":{"cpuProfile":{"nodes":[${fresh.join()}],"samples":[${samples.join()}]},"timeDeltas":[${deltas.join()}]}}}`;
  }
}

/** Adds a stack's node and those of its callers, callers first, unless they have been told. */
function tell(profile: Profile, nodes: V8Nodes, stack: number, told: Uint8Array, fresh: string[]): void {
  const path: number[] = [];
  for (let at = stack; at >= 0 && told[at] === 0; at = profile.stacks.parent[at] ?? -1) {
    told[at] = 1;
    path.push(at);
  }
  for (const at of path.reverse()) {
    const id = nodes.idOf(at);
    if (id === rootId || id === idleId) continue;
    fresh.push(`{"id":${id},"parent":${nodes.parentOf(at)},${nodes.callFrameOf(at)}}`);
  }
}
