/** Powers of ten up the side of a picture on a logarithmic axis, with what is written beside them. */
export interface Decade {
  readonly us: number;
  /** Of its line. */
  readonly y: number;
  /** Of the middle of its label; null where it would run into the one below. */
  readonly labelY: number | null;
}

/** Half a line of the labels' letters, 11 px high: a label nearer to the picture's edge would be cut off. */
const halfLine = 8;
const leastGap = 14;

/** How far up the axis a time stands, 0…1 between its edges. */
export function shareOfAxis(edgesUs: Float64Array, us: number): number {
  const low = edgesUs[0] ?? 1;
  const high = edgesUs[edgesUs.length - 1] ?? 10;
  return Math.log(us / low) / Math.log(high / low);
}

/**
 * @param edgesUs from the lowest to the highest, which stand at the picture's bottom and at `top`
 * @param height of the picture, of which `top` is left free above; in CSS pixels, as all that comes back
 */
export function decadesOf(edgesUs: Float64Array, top: number, height: number): Decade[] {
  const low = edgesUs[0] ?? 1;
  const high = edgesUs[edgesUs.length - 1] ?? 10;
  const found: Decade[] = [];
  let lastLabel = Infinity;
  for (let power = Math.ceil(Math.log10(low) - 1e-9); 10 ** power <= high * 1.0001; power++) {
    const us = 10 ** power;
    const y = top + (height - top) * (1 - shareOfAxis(edgesUs, us));
    const beside = Math.min(Math.max(y, halfLine), height - halfLine);
    const fits = lastLabel - beside >= leastGap;
    if (fits) lastLabel = beside;
    found.push({ us, y, labelY: fits ? beside : null });
  }
  return found;
}
