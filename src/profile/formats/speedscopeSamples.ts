import type { SlowpathError } from '../../errors.ts';
import type { ProfileBuilder } from '../builder.ts';
import { isFiniteNumber, malformed } from './fields.ts';
import { isList } from './jsonPieces.ts';
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
  if (!isList(samples)) throw malformed(`${where}.samples is not a list`);
  if (!isList(weights)) throw malformed(`${where}.weights is not a list`);
  const start = timeIn(raw['startValue'] ?? 0, `${where}.startValue`);
  const ofWeights = weights[Symbol.iterator]();
  let now = start;
  let row = 0;
  let next = ofWeights.next();
  for (const frameList of samples) {
    if (next.done === true) throw unequal(where, samples, weights);
    const weight: unknown = next.value;
    if (!isFiniteNumber(weight) || weight < 0) throw malformed(`${where}.weights[${row}] is not a weight`);
    const stack = stackOf(frameList, `${where}.samples[${row}]`, frames, builder);
    if (stack >= 0) take(now, weight, stack);
    now = timeIn(now + weight, `the sum of ${where}.weights up to ${row}`);
    next = ofWeights.next();
    row++;
  }
  if (next.done !== true) throw unequal(where, samples, weights);
  return { start, end: now };
}

function unequal(where: string, samples: Iterable<unknown>, weights: Iterable<unknown>): SlowpathError {
  return malformed(`${where} has ${countOf(samples)} samples but ${countOf(weights)} weights`);
}

function countOf(list: Iterable<unknown>): number {
  const walk = list[Symbol.iterator]();
  let count = 0;
  while (walk.next().done !== true) count++;
  return count;
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
