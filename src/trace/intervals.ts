/**
 * Sets of time as disjoint intervals in order: [start, end, start, end, …] in µs. Every function is linear in its input
 * (but for sorting input that is out of order).
 */
export type Intervals = Float64Array;

/** The union of any intervals, given as [start, end, …] in any order. Gaps up to `bridgeUs` are closed. */
export function unionOf(pairs: Float64Array, bridgeUs = 0): Intervals {
  const sorted = inOrder(pairs);
  const union = new Float64Array(sorted.length);
  let length = 0;
  for (let at = 0; at < sorted.length; at += 2) {
    const start = sorted[at] ?? 0;
    const end = sorted[at + 1] ?? 0;
    if (!(end > start)) continue;
    if (length > 0 && start <= (union[length - 1] ?? 0) + bridgeUs) {
      union[length - 1] = Math.max(union[length - 1] ?? 0, end);
    } else {
      union[length] = start;
      union[length + 1] = end;
      length += 2;
    }
  }
  return union.slice(0, length);
}

export function intersect(a: Intervals, b: Intervals): Intervals {
  const result = new Float64Array(a.length + b.length);
  let length = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const start = Math.max(a[i] ?? 0, b[j] ?? 0);
    const end = Math.min(a[i + 1] ?? 0, b[j + 1] ?? 0);
    if (end > start) {
      result[length++] = start;
      result[length++] = end;
    }
    if ((a[i + 1] ?? 0) < (b[j + 1] ?? 0)) i += 2;
    else j += 2;
  }
  return result.slice(0, length);
}

/** What is in `a` and not in `b`. */
export function subtract(a: Intervals, b: Intervals): Intervals {
  const result = new Float64Array(a.length + b.length);
  let length = 0;
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let start = a[i] ?? 0;
    const end = a[i + 1] ?? 0;
    while (j < b.length && (b[j + 1] ?? 0) <= start) j += 2;
    for (let k = j; k < b.length && (b[k] ?? 0) < end; k += 2) {
      if ((b[k] ?? 0) > start) {
        result[length++] = start;
        result[length++] = b[k] ?? 0;
      }
      start = Math.max(start, b[k + 1] ?? 0);
    }
    if (end > start) {
      result[length++] = start;
      result[length++] = end;
    }
  }
  return result.slice(0, length);
}

/** Total length, µs. */
export function lengthOf(intervals: Intervals): number {
  let sum = 0;
  for (let at = 0; at < intervals.length; at += 2) sum += (intervals[at + 1] ?? 0) - (intervals[at] ?? 0);
  return sum;
}

/** Index (0, 1, …) of the interval that holds a time or, if none does, of the next one. */
export function intervalAt(intervals: Intervals, timeUs: number): number {
  let low = 0;
  let high = intervals.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[2 * middle + 1] ?? 0) > timeUs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Answers how much of a set lies in any stretch, in logarithmic time. */
export class IntervalMeasure {
  private readonly intervals: Intervals;
  /** Length of all intervals before each. */
  private readonly before: Float64Array;

  constructor(intervals: Intervals) {
    this.intervals = intervals;
    this.before = new Float64Array((intervals.length >> 1) + 1);
    for (let index = 0; 2 * index < intervals.length; index++) {
      this.before[index + 1] =
        (this.before[index] ?? 0) + (intervals[2 * index + 1] ?? 0) - (intervals[2 * index] ?? 0);
    }
  }

  /** µs of [from, to) inside the set. */
  within(from: number, to: number): number {
    return to > from && this.intervals.length > 0 ? this.until(to) - this.until(from) : 0;
  }

  private until(timeUs: number): number {
    const index = intervalAt(this.intervals, timeUs);
    const inside = 2 * index < this.intervals.length ? Math.max(0, timeUs - (this.intervals[2 * index] ?? 0)) : 0;
    return (this.before[index] ?? 0) + inside;
  }
}

function inOrder(pairs: Float64Array): Float64Array {
  let sorted = true;
  for (let at = 2; at < pairs.length && sorted; at += 2) sorted = (pairs[at] ?? 0) >= (pairs[at - 2] ?? 0);
  if (sorted) return pairs;
  const order = Int32Array.from({ length: pairs.length >> 1 }, (_, index) => index).sort(
    (a, b) => (pairs[2 * a] ?? 0) - (pairs[2 * b] ?? 0),
  );
  const result = new Float64Array(pairs.length);
  for (const [place, index] of order.entries()) {
    result[2 * place] = pairs[2 * index] ?? 0;
    result[2 * place + 1] = pairs[2 * index + 1] ?? 0;
  }
  return result;
}
