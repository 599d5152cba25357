import { FrameTier } from '../../src/profile/tables.ts';

/** How a function ran, in a word; none where nothing says it. */
export const tierNames: Readonly<Record<number, string>> = {
  [FrameTier.interpreted]: 'interpreted',
  [FrameTier.baseline]: 'baseline',
  [FrameTier.maglev]: 'optimised quickly',
  [FrameTier.optimised]: 'optimised',
  [FrameTier.inlined]: 'inlined',
};
