/** Line heat of a file of 10,000 lines, in a real extension host: from the answer of the analysis until the editor has its decorations. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownFigure } from '../load/figures.mjs';
import { inHost } from './inHost.mjs';

/** @returns figures, see ../load/figures.mjs. */
export async function lineHeat() {
  const { lines, marks, heatMs, diffMs } = await inHost('test/bench/editor/insideHeat.mjs', (folder) =>
    JSON.parse(readFileSync(join(folder, 'heat.json'), 'utf8')),
  );
  const work = `${lines.toLocaleString('en')} lines of one file with heat, ${marks.toLocaleString('en')} of them hot enough to be marked`;
  const figure = (quantity, values) => ownFigure({ work, quantity, unit: 'ms', asked: { most: 10 }, values });
  return [
    figure('heat of a run, from the answer to the editor’s decorations', heatMs),
    figure('heat of a diff, from the answer to the editor’s decorations', diffMs),
  ];
}
