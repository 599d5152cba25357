import { firstBoxAfter, type FlameLayout, rowOf, widestChild } from './layout.ts';

/**
 * The box an arrow key leads to: towards the caller, the widest callee, the neighbours in the row; from no box at all the first one in
 * view. -1 where there is none.
 * @param x0 left edge of what is in view.
 * @param upwards row 0 is at the bottom.
 */
export function boxAfterArrow(layout: FlameLayout, box: number, key: string, x0: number, upwards: boolean): number {
  if (layout.frame.length === 0) return -1;
  if (box < 0) return firstBoxAfter(layout, 0, x0);
  const row = rowOf(layout, box);
  const towardsCallers = upwards ? 'ArrowDown' : 'ArrowUp';
  if (key === 'ArrowLeft') return box > (layout.rowStart[row] ?? 0) ? box - 1 : box;
  if (key === 'ArrowRight') return box + 1 < (layout.rowStart[row + 1] ?? 0) ? box + 1 : box;
  return key === towardsCallers ? (layout.parent[box] ?? -1) : widestChild(layout, box);
}
