import { idleStacks } from '../profile/queries/slice.ts';
import type { Profile } from '../profile/tables.ts';
import type { Run } from '../run/model.ts';
import type { RuntimeThread } from '../target/tables.ts';
import type { RequestJoin } from './join.ts';

/** Where requests were served. Lanes number the serving threads 0, 1, …; most services have one. */
export interface Serving {
  readonly lanes: readonly ServingLane[];
  /** One a client request: its lane, or -1 if that can't be told. */
  readonly laneOf: Int32Array;
}

export interface ServingLane {
  /** Index into runtime.threads, -1 if the probe told of none. */
  readonly runtimeThread: number;
  /** Index into profile.threads, -1 without a profile of it. */
  readonly profileThread: number;
}

/**
 * The thread each request was served on: the one its server side ran on; without one, the thread of the nearest earlier
 * request on the same connection (a connection stays on its thread), else the thread that served most. Where the probe saw no
 * request at all (an attached process, another protocol), the profile's busiest main thread stands for all. In a program of
 * another language any thread may serve: all that did work are lanes, and of a request's own nothing is known, unless one
 * thread did nearly all of it.
 */
export function servingThreads(run: Run, join: RequestJoin): Serving {
  const { requests, runtime, profile } = run;
  const served = new Int32Array(runtime.threads.length);
  for (const row of join.serverRow) {
    const thread = row < 0 ? undefined : runtime.serverRequests.thread[row];
    if (thread !== undefined) served[thread] = (served[thread] ?? 0) + 1;
  }
  const laneOfThread = new Int32Array(runtime.threads.length).fill(-1);
  const lanes: ServingLane[] = [];
  for (const [thread, count] of served.entries()) {
    if (count === 0) continue;
    laneOfThread[thread] = lanes.length;
    lanes.push({
      runtimeThread: thread,
      profileThread: profile ? profileThreadOf(profile, runtime.threads[thread]) : -1,
    });
  }
  const laneOf = new Int32Array(requests.length).fill(-1);
  if (lanes.length === 0) {
    const fallback = fallbackLanes(run);
    // Of several threads nobody knows which one took a request.
    return { lanes: fallback, laneOf: fallback.length === 1 ? laneOf.fill(0) : laneOf };
  }
  let busiest = 0;
  for (const [thread, count] of served.entries()) {
    const lane = laneOfThread[thread] ?? -1;
    if (lane >= 0 && count > (served[lanes[busiest]?.runtimeThread ?? 0] ?? 0)) busiest = lane;
  }
  const laneOfConnection = new Map<number, number>();
  for (let row = 0; row < requests.length; row++) {
    const connection = requests.connection[row] ?? -1;
    const serverRow = join.serverRow[row] ?? -1;
    if (serverRow >= 0) {
      const lane = laneOfThread[runtime.serverRequests.thread[serverRow] ?? 0] ?? -1;
      laneOf[row] = lane;
      laneOfConnection.set(connection, lane);
    } else {
      laneOf[row] = (connection >= 0 ? laneOfConnection.get(connection) : undefined) ?? busiest;
    }
  }
  return { lanes, laneOf };
}

function profileThreadOf(profile: Profile, thread: RuntimeThread | undefined): number {
  return profile.threads.findIndex((candidate) => candidate.pid === thread?.pid && candidate.tid === thread.tid);
}

/** One thread with this share of a program's CPU time serves alone; the others write logs and the like. */
const aloneShare = 0.9;

function fallbackLanes(run: Run): ServingLane[] {
  const { profile } = run;
  if (!profile || profile.threads.length === 0 || profile.timeless) return [];
  const cpuUs = new Float64Array(profile.threads.length);
  const idle = idleStacks(profile);
  for (const [row, thread] of profile.samples.thread.entries()) {
    if (idle[profile.samples.stack[row] ?? 0] === 0)
      cpuUs[thread] = (cpuUs[thread] ?? 0) + (profile.samples.weightUs[row] ?? 0);
  }
  const lane = (thread: number): ServingLane => laneAt(run, profile, thread);
  const { targets } = run.manifest.scenario;
  const native = new Set(targets.filter(({ runtime }) => runtime !== 'node').map(({ name }) => name));
  if (profile.threads.every(({ target }) => native.has(target))) {
    const whole = cpuUs.reduce((sum, us) => sum + us, 0);
    const alone = cpuUs.findIndex((us) => us >= aloneShare * whole);
    return (alone >= 0 ? [alone] : [...cpuUs.keys()].filter((thread) => (cpuUs[thread] ?? 0) > 0)).map(lane);
  }
  const isMain = (thread: number): boolean => profile.threads[thread]?.pid === profile.threads[thread]?.tid;
  let chosen = 0;
  for (let thread = 1; thread < cpuUs.length; thread++) {
    const better = isMain(thread) === isMain(chosen) ? (cpuUs[thread] ?? 0) > (cpuUs[chosen] ?? 0) : isMain(thread);
    if (better) chosen = thread;
  }
  return [lane(chosen)];
}

function laneAt({ runtime }: Run, profile: Profile, profileThread: number): ServingLane {
  const { pid, tid } = profile.threads[profileThread] ?? { pid: 0, tid: 0 };
  return {
    profileThread,
    runtimeThread: runtime.threads.findIndex((thread) => thread.pid === pid && thread.tid === tid),
  };
}
