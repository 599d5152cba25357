import type { ProfileBuilder } from '../builder.ts';
import { isFiniteNumber, malformed } from './fields.ts';
import { timeIn, type SpeedscopeEntry, type TakeSample } from './speedscopeEntry.ts';

/**
 * A sampled profile: lists of frames from the root, each with the weight it stands for, one after the other from
 * `startValue`. A list without frames is a pause. @returns what it covers, in its own unit.
 */
export function readSamples(
  { raw, where }: SpeedscopeEntry,
  frames: Int32Array,
  builder: ProfileBuilder,
  take: TakeSample,
): { start: number; end: number } {
  const { samples, weights } = raw;
  if (!Array.isArray(samples)) throw malformed(`${where}.samples is not a list`);
  if (!Array.isArray(weights)) throw malformed(`${where}.weights is not a list`);
  if (samples.length !== weights.length)
    throw malformed(`${where} has ${samples.length} samples but ${weights.length} weights`);
  const start = timeIn(raw['startValue'] ?? 0, `${where}.startValue`);
  let now = start;
  for (let row = 0; row < samples.length; row++) {
    const weight: unknown = weights[row];
    if (!isFiniteNumber(weight) || weight < 0) throw malformed(`${where}.weights[${row}] is not a weight`);
    const stack = stackOf(samples[row], `${where}.samples[${row}]`, frames, builder);
    if (stack >= 0) take(now, weight, stack);
    now = timeIn(now + weight, `the sum of ${where}.weights up to ${row}`);
  }
  return { start, end: now };
}

function stackOf(list: unknown, where: string, frames: Int32Array, builder: ProfileBuilder): number {
  if (!Array.isArray(list)) throw malformed(`${where} is not a list of frames`);
  let stack = -1;
  for (const index of list as unknown[]) {
    const frame = typeof index === 'number' ? frames[index] : undefined;
    if (frame === undefined) throw malformed(`${where} names a frame that is not in the file`);
    stack = builder.stack(stack, frame);
  }
  return stack;
}
