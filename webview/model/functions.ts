import { aggregateFunctions } from '../../src/profile/queries/functions.ts';
import type { StackWeights } from '../../src/profile/queries/slice.ts';
import { FrameKind, type Profile } from '../../src/profile/tables.ts';
import type { Analysis } from '../../src/trace/analysis.ts';
import type { FunctionColumns } from './messages.ts';

/** Every function of a profile that ran in a selection, by self time. */
export function functionsOfProfile(profile: Profile, weights: StackWeights): FunctionColumns {
  const times = aggregateFunctions(profile, weights);
  const frames = Int32Array.from(times.totalUs.keys())
    .filter((frame) => (times.totalUs[frame] ?? 0) > 0 && !isIdleOrRoot(profile, frame))
    .sort((a, b) => (times.selfUs[b] ?? 0) - (times.selfUs[a] ?? 0));
  const pick = (column: Float64Array, by = 1): Float64Array =>
    Float64Array.from(frames, (frame) => (column[frame] ?? 0) / by);
  const whole = Math.max(weights.sumUs, Number.MIN_VALUE);
  return {
    length: frames.length,
    frame: frames,
    selfUs: pick(times.selfUs),
    totalUs: pick(times.totalUs),
    selfShare: pick(times.selfUs, whole),
    totalShare: pick(times.totalUs, whole),
    tailShare: new Float64Array(frames.length).fill(NaN),
    typicalShare: new Float64Array(frames.length).fill(NaN),
  };
}

/** The same of a run, with what the slow and the typical requests saw of each. */
export function functionsOfAnalysis({ functions }: Analysis): FunctionColumns {
  return {
    length: functions.length,
    frame: Int32Array.from(functions, (row) => row.frame),
    selfUs: Float64Array.from(functions, (row) => row.selfUs),
    totalUs: Float64Array.from(functions, (row) => row.totalUs),
    selfShare: Float64Array.from(functions, (row) => row.selfShare),
    totalShare: Float64Array.from(functions, (row) => row.totalShare),
    tailShare: Float64Array.from(functions, (row) => row.tailShare ?? NaN),
    typicalShare: Float64Array.from(functions, (row) => row.typicalShare ?? NaN),
  };
}

export const noFunctions: FunctionColumns = {
  length: 0,
  frame: new Int32Array(0),
  selfUs: new Float64Array(0),
  totalUs: new Float64Array(0),
  selfShare: new Float64Array(0),
  totalShare: new Float64Array(0),
  tailShare: new Float64Array(0),
  typicalShare: new Float64Array(0),
};

function isIdleOrRoot(profile: Profile, frame: number): boolean {
  const kind = profile.frames.kind[frame];
  return kind === FrameKind.idle || kind === FrameKind.root;
}
