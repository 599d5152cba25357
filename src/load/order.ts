/** Blocks of this size are sorted by insertion before merging. */
const block = 16;

/**
 * The indices of `keys` in ascending order of key, equal keys in their given order. A merge sort that leaves alone what is in
 * order already: request times nearly are, and a comparator called forty million times is not affordable.
 */
export function orderOf(keys: Float64Array): Uint32Array {
  let order = Uint32Array.from(keys, (_, index) => index);
  let spare = new Uint32Array(keys.length);
  for (let from = 0; from < keys.length; from += block)
    insertionSort(order, keys, from, Math.min(from + block, keys.length));
  for (let width = block; width < keys.length; width *= 2) {
    for (let from = 0; from < keys.length; from += 2 * width) {
      merge(order, spare, keys, from, Math.min(from + width, keys.length), Math.min(from + 2 * width, keys.length));
    }
    [order, spare] = [spare, order];
  }
  return order;
}

function insertionSort(order: Uint32Array, keys: Float64Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const index = order[i] ?? 0;
    const key = keys[index] ?? NaN;
    let at = i;
    for (; at > from && (keys[order[at - 1] ?? 0] ?? NaN) > key; at--) order[at] = order[at - 1] ?? 0;
    order[at] = index;
  }
}

/** Merges [from, middle) and [middle, to) of `source` into `target`. */
function merge(
  source: Uint32Array,
  target: Uint32Array,
  keys: Float64Array,
  from: number,
  middle: number,
  to: number,
): void {
  if (middle >= to || (keys[source[middle - 1] ?? 0] ?? NaN) <= (keys[source[middle] ?? 0] ?? NaN)) {
    target.set(source.subarray(from, to), from);
    return;
  }
  let [left, right] = [from, middle];
  for (let at = from; at < to; at++) {
    const takeLeft =
      right >= to || (left < middle && (keys[source[left] ?? 0] ?? NaN) <= (keys[source[right] ?? 0] ?? NaN));
    target[at] = source[takeLeft ? left++ : right++] ?? 0;
  }
}
