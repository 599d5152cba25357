/**
 * Where a run's warm-up ends: change points of the median latency, slot by slot over warm-up and measured window.
 *
 * The slots' medians are taken as deviations from the second half of the run: logarithms, in units of its scatter, clipped at three, so that
 * no wild slot counts for more (bounded loss: Fearnhead and Rigaill, "Changepoint Detection in the Presence of Outliers", 2019). Of all
 * ways to cut the series into stretches the one with the least squares and a penalty for each cut is found exactly, by dynamic programming
 * (Jackson et al., "An algorithm for optimal partitioning of data on an interval", 2005: what PELT of Killick, Fearnhead and Eckley,
 * 2012, makes fast for longer series). The steady state begins with the first stretch that is not clearly slower than the second half
 * (after Barrett et al., "Virtual Machine Warmup Blows Hot and Cold", OOPSLA 2017).
 */

/** Of one run, times in µs on the clock that its slots are on. */
export interface SteadyState {
  /** null: the median still changed in the second half; nothing was steady. */
  readonly startUs: number | null;
  /** Median of the slots before it; null if there are none. */
  readonly coldP50Us: number | null;
  /** Median of the slots from there on; of the second half, if nothing was steady. */
  readonly steadyP50Us: number;
}

/** The medians of even slots of time; NaN where nothing was measured. */
export interface SlotMedians {
  readonly startUs: number;
  readonly slotUs: number;
  readonly mediansUs: Float64Array;
}

const shortestSlotUs = 100_000;
/** Longer runs have longer slots: the search takes the square of their number. */
const mostSlots = 1000;
/** Half of them tell what is steady. */
const fewestSlots = 20;
const fewestRequests = 200;
/** Deviations beyond this many are all alike. */
const clip = 3;
/** Squares that a cut must explain, in units of the scatter's: twice what independent noise needs, since neighbouring slots are alike. */
const penaltyFactor = 6;
/** How much slower a stretch must be to be told from the steady state, in ratio, in time, and in median deviations of the slots. */
const leastRatio = 1.25;
const leastDifferenceUs = 50;
const leastDeviations = 3;
/** Share of the second half that may differ from its median, before nothing is called steady. */
const mostOther = 0.25;

/**
 * Collects the medians of requests that come in order of intended time.
 * @param spanUs from the first slot's start to the last one's end.
 */
export class SlotCollector {
  private readonly startUs: number;
  private readonly slotUs: number;
  private readonly mediansUs: Float64Array;
  private slot = 0;
  private took: number[] = [];
  private count = 0;

  constructor(startUs: number, spanUs: number) {
    this.startUs = startUs;
    this.slotUs = Math.max(shortestSlotUs, Math.ceil(spanUs / mostSlots));
    this.mediansUs = new Float64Array(Math.max(0, Math.floor(spanUs / this.slotUs) || 0)).fill(NaN);
  }

  add(intendedUs: number, tookUs: number): void {
    const slot = Math.floor((intendedUs - this.startUs) / this.slotUs);
    if (slot !== this.slot) this.close(slot);
    if (!(slot >= 0 && slot < this.mediansUs.length && tookUs >= 0)) return;
    this.took.push(tookUs);
    this.count++;
  }

  /** null if there are too few requests to say anything. */
  finish(): SlotMedians | null {
    this.close(-1);
    const { startUs, slotUs, mediansUs } = this;
    return this.count < fewestRequests ? null : { startUs, slotUs, mediansUs };
  }

  private close(next: number): void {
    if (this.took.length > 0) this.mediansUs[this.slot] = medianOf(Float64Array.from(this.took));
    this.took = [];
    this.slot = next;
  }
}

/** @returns null if there are too few slots to say anything. */
export function findSteadyState({ startUs, slotUs, mediansUs }: SlotMedians): SteadyState | null {
  const slots: number[] = [];
  for (const [slot, us] of mediansUs.entries()) if (!Number.isNaN(us)) slots.push(slot);
  if (slots.length < fewestSlots) return null;
  const values = Float64Array.from(slots, (slot) => mediansUs[slot] ?? NaN);
  const half = values.subarray(values.length >> 1);
  const reference = medianOf(half);
  const middle = values.length >> 1;
  const cuts = changePoints(deviationsOf(values, reference, deviationOf(half, reference)));
  const levels = [0, ...cuts].map((from, index) => {
    const to = cuts[index] ?? values.length;
    return { from, to, us: medianOf(values.subarray(from, to)) };
  });
  // Of the slots from their own stretch: a half with two levels has no more scatter than one with one.
  const deviation = medianOf(
    Float64Array.from(
      levels.flatMap(({ from, to, us }) =>
        Array.from(values.subarray(Math.max(from, middle), Math.max(to, middle)), (value) => Math.abs(value - us)),
      ),
    ),
  );
  const stretches = levels.map(({ from, to, us }) => {
    const differs =
      Math.abs(us - reference) >= Math.max(leastDifferenceUs, leastDeviations * deviation) &&
      Math.max(us / reference, reference / us) >= leastRatio;
    return { from, slow: differs && us > reference, other: differs ? Math.max(0, to - Math.max(from, middle)) : 0 };
  });
  const first = stretches.findIndex(({ slow }) => !slow);
  const steady = stretches[first];
  const other = stretches.reduce((sum, stretch) => sum + stretch.other, 0);
  if (!steady || steady.from > middle || other > mostOther * half.length) {
    return { startUs: null, coldP50Us: null, steadyP50Us: reference };
  }
  // Slow again later on: slow stretches come and go, and the first is no warm-up.
  const isWarmUp = first > 0 && !stretches.slice(first).some(({ slow }) => slow);
  const from = isWarmUp ? steady.from : 0;
  return {
    startUs: startUs + (slots[from] ?? 0) * slotUs,
    coldP50Us: isWarmUp ? medianOf(values.subarray(0, from)) : null,
    steadyP50Us: medianOf(values.subarray(from)),
  };
}

/** In units of scatter, clipped. What is slower by less than the least ratio need not be told apart: it sets the smallest unit. */
function deviationsOf(values: Float64Array, reference: number, deviation: number): Float64Array {
  // 1.4826 median deviations are a standard deviation, if the scatter is normal.
  const unit = Math.max((1.4826 * deviation) / reference, Math.log(leastRatio) / clip);
  return values.map((value) => Math.min(clip, Math.max(-clip, Math.log(value / reference) / unit)));
}

/** Indices at which a new stretch begins, ascending, without 0. */
function changePoints(deviations: Float64Array): number[] {
  const n = deviations.length;
  const penalty = penaltyFactor * Math.log(n);
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = (sums[i] ?? 0) + (deviations[i] ?? 0);
  // Least cost of the first `to` values, and where its last stretch begins. A stretch's squares are Σd² − (Σd)²/length: Σd² is the same for all.
  const cost = new Float64Array(n + 1);
  const begins = new Int32Array(n + 1);
  cost[0] = -penalty;
  for (let to = 1; to <= n; to++) {
    let least = Infinity;
    for (let from = 0; from < to; from++) {
      const sum = (sums[to] ?? 0) - (sums[from] ?? 0);
      const total = (cost[from] ?? 0) + penalty - (sum * sum) / (to - from);
      if (total >= least) continue;
      least = total;
      begins[to] = from;
    }
    cost[to] = least;
  }
  const cuts: number[] = [];
  for (let at = begins[n] ?? 0; at > 0; at = begins[at] ?? 0) cuts.push(at);
  return cuts.reverse();
}

/** The median deviation. */
function deviationOf(values: Float64Array, from: number): number {
  return medianOf(values.map((value) => Math.abs(value - from)));
}

function medianOf(values: Float64Array): number {
  return values.slice().sort()[values.length >> 1] ?? NaN;
}
