import type { RequestTable } from './result.ts';

/** How rows of a sampled table stand for all requests, as `slowpath.sampling` in its file says; see rowStore.ts. */
interface SampledAs {
  readonly slowest: number;
  readonly rest: number;
  readonly restKept: number;
}

/**
 * How many requests each row stands for: the slowest, all of which were kept, for themselves, the others for as many as there were of the
 * rest for each that was kept. (Horvitz–Thompson weights: sums and quantiles by them are those of all requests, but for the sample's error.)
 * Of rows exactly as slow as the fastest of the slowest nobody knows which of the two they are: they share.
 * @param text the value of `slowpath.sampling`.
 * @throws RangeError if it can't be.
 */
export function rowWeights(text: string, { length, intendedUs, doneUs }: RequestTable): Float32Array {
  const { slowest, rest, restKept } = sampledAs(text, length);
  const responseUs = Float64Array.from(intendedUs, (intended, row) => (doneUs[row] ?? NaN) - intended);
  // What never ended has no response time and sorts last: it counts among the slowest.
  const thresholdUs = responseUs.slice().sort().at(-slowest) ?? Infinity;
  let slower = 0;
  let equal = 0;
  for (const us of responseUs) {
    if (us === thresholdUs) equal++;
    else if (!(us < thresholdUs)) slower++;
  }
  const weight = restKept > 0 ? rest / restKept : 1;
  const ofEqual = equal > 0 ? (slowest - slower + (equal - (slowest - slower)) * weight) / equal : 1;
  return Float32Array.from(responseUs, (us) => (us < thresholdUs ? weight : us === thresholdUs ? ofEqual : 1));
}

function sampledAs(text: string, rows: number): SampledAs {
  const { slowest, rest, restKept } = (JSON.parse(text) ?? {}) as Partial<Record<keyof SampledAs, unknown>>;
  const counts = [slowest, rest, restKept].map((count) =>
    typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : NaN,
  );
  const [ofSlowest = NaN, ofRest = NaN, kept = NaN] = counts;
  if (!(ofSlowest > 0 && ofSlowest + kept === rows && ofRest >= kept))
    throw new RangeError('what it says of its sample does not fit its rows');
  return { slowest: ofSlowest, rest: ofRest, restKept: kept };
}
