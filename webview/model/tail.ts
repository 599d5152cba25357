import type { Profile } from '../../src/profile/tables.ts';
import type { Run } from '../../src/run/model.ts';
import type { Analysis } from '../../src/trace/analysis.ts';
import { tailTrees } from '../../src/trace/tailGraph.ts';
import { layoutOfTree } from '../flame/arrange.ts';
import { emptyLayout, type FlameLayout } from '../flame/layout.ts';

/**
 * The stacks that ran while slow requests waited: widths are shares of that time, each moment counted once; `contrast`
 * is the same stack's share of the typical requests' time, with the interval of the difference where it was worked out.
 */
export function tailLayout(run: Run, profile: Profile, analysis: Analysis): FlameLayout {
  const trees = tailTrees(run, analysis, { widths: 'slow' });
  if (!trees) return emptyLayout;
  const layout = layoutOfTree(profile, trees.tree);
  const skipped = trees.tree.length - layout.frame.length;
  return {
    ...layout,
    contrast: trees.typicalShare.slice(skipped),
    differenceLow: trees.low.slice(skipped),
    differenceHigh: trees.high.slice(skipped),
    unit: 'share',
  };
}
