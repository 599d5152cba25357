/** Steps of the scale between two sides' colours; odd, so that the middle is "the same". */
export const differenceSteps = 11;

/**
 * Where something stands between "only in the first set" (0) and "only in the second" (last step). The scale is by
 * (second − first) / max: twice as much already shows half the colour.
 */
export function differenceStep(second: number, first: number): number {
  const largest = Math.max(second, first);
  const relative = largest > 0 ? (second - first) / largest : 0;
  return Math.round(((relative + 1) / 2) * (differenceSteps - 1));
}
