/** Line heat of a file of 10,000 lines, in a real extension host: from the answer of the analysis until the editor has its decorations. */
import { root } from '../../../scripts/lib/setUp.mjs';
import { ownFigure } from '../load/figures.mjs';
import { runInside } from '../../editor/runInside.ts';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @returns figures, see ../load/figures.mjs. */
export async function lineHeat() {
  const folder = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  try {
    await runInside({
      entry: join(root, 'test/bench/editor/insideHeat.mjs'),
      folder,
      workspace,
      env: { SLOWPATH_BENCH_OUT: folder },
      limitMs: 180_000,
    });
    const { lines, marks, heatMs, diffMs } = JSON.parse(readFileSync(join(folder, 'heat.json'), 'utf8'));
    const work = `${lines.toLocaleString('en')} lines of one file with heat, ${marks.toLocaleString('en')} of them hot enough to be marked`;
    const figure = (quantity, values) => ownFigure({ work, quantity, unit: 'ms', asked: { most: 10 }, values });
    return [
      figure('heat of a run, from the answer to the editor’s decorations', heatMs),
      figure('heat of a diff, from the answer to the editor’s decorations', diffMs),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
