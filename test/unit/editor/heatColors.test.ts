/** The figures at the ends of hot lines can be read on what the lines are tinted with, most of all on the hottest. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Color } from '../../../src/editor/names.ts';
import { contrast } from '../../fixtures/contrast.ts';

type Ground = 'light' | 'dark' | 'highContrast' | 'highContrastLight';
const { contributes } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  contributes: { colors: { id: string; defaults: Record<Ground, string> }[] };
};
/** The backgrounds of the editor's own themes. */
const grounds = { light: '#ffffff', dark: '#1f1f1f', highContrast: '#000000', highContrastLight: '#ffffff' } as const;

const part = (color: string, index: number): number => Number.parseInt(color.slice(1 + 2 * index).slice(0, 2), 16);

/** `#rrggbbaa` over an opaque colour: red, green and blue, 0 to 255. */
function over(color: string, ground: string): number[] {
  const alpha = color.length > 7 ? part(color, 3) / 255 : 1;
  return [0, 1, 2].map((index) => part(color, index) * alpha + part(ground, index) * (1 - alpha));
}

describe('figures at the ends of lines stand 4.5 to 1 from every tint', () => {
  for (const [name, ground] of Object.entries(grounds)) {
    test(name, () => {
      const of = ({ defaults }: { defaults: Record<Ground, string> }): string => defaults[name as Ground];
      const figures = contributes.colors.filter(({ id }) => id === Color.heatFigures).map(of);
      const tints = contributes.colors.filter(({ id }) => /\.(heat|more|less)\d$/.test(id));
      assert.equal(figures.length, 1);
      assert.equal(tints.length, 11);
      const letters = over(figures[0] ?? '', ground);
      const tooPale = tints.flatMap((tint) => {
        const found = contrast(letters, over(of(tint), ground));
        return found >= 4.5 ? [] : `${tint.id}: ${found.toFixed(2)}`;
      });
      assert.deepEqual(tooPale, []);
    });
  }
});
