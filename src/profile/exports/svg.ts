import { formatShare } from '../../plan/units.ts';
import { visible } from '../../plan/visible.ts';
import { formatAmount } from '../amount.ts';
import { differenceStep } from '../difference.ts';
import { FrameKind, type Profile } from '../tables.ts';
import type { CallTree } from '../queries/callTree.ts';
import { exportMark, inChunks } from './chunks.ts';
import { flameColors, type FlameColors } from './flameColors.ts';
import { placedName } from './names.ts';

export interface SvgOptions {
  readonly title: string;
  /** A line below the title. */
  readonly note: string;
  /**
   * Shares of a second set, one a row of the tree whose widths are shares too: the colour tells how the two differ.
   * null: widths are the profile's weights and the colour tells the kind of code.
   */
  readonly typicalShare: Float64Array | null;
}

/** What every SVG we write begins with. */
export const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" data-from="${exportMark}"`;

const width = 1200;
const rowHeight = 18;
const margin = 12;
const headHeight = 58;
/** A box narrower than this can't be seen, and neither can what lies on it. */
const leastWidth = 0.3;
const characterWidth = 6.8;
const longestTitle = 400;
const kindLabels: readonly (readonly [kind: FrameKind, label: string])[] = [
  [FrameKind.user, 'your code'],
  [FrameKind.library, 'libraries'],
  [FrameKind.runtime, 'runtime'],
  [FrameKind.native, 'native'],
  [FrameKind.gc, 'garbage collection'],
  [FrameKind.kernel, 'kernel'],
];

/**
 * A flamegraph as one self-contained SVG: callers above, callees below, widest first, as the page draws it. No script, no
 * foreign reference; names are escaped text, their details are tooltips. Light or dark with the reader's system.
 */
export function exportSvg(profile: Profile, tree: CallTree, options: SvgOptions): Iterable<string> {
  return inChunks(pieces(profile, tree, options));
}

function* pieces(profile: Profile, tree: CallTree, options: SvgOptions): Generator<string> {
  const skipped = rootRows(profile, tree);
  const scale = tree.sumUs > 0 ? (width - 2 * margin) / tree.sumUs : 0;
  const isSeen = (row: number): boolean => (tree.totalUs[row] ?? 0) * scale >= leastWidth;
  let levels = 0;
  for (let row = 0; row < tree.length; row++)
    if (isSeen(row)) levels = Math.max(levels, (tree.depth[row] ?? 0) + 1 - skipped);
  const height = headHeight + levels * rowHeight + 2 * margin + 16;
  yield `${svgHead} width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">\n`;
  yield `<title>${escaped(options.title, longestTitle)}</title>\n<style>${style(flameColors('light'))}@media (prefers-color-scheme:dark){${style(flameColors('dark'))}}</style>\n`;
  yield `<rect class="ground" width="100%" height="100%"/>\n`;
  yield `<text class="head" x="${margin}" y="28">${escaped(options.title, 150)}</text>\n`;
  yield `<text class="note" x="${margin}" y="46">${escaped(options.note, 180)}</text>\n`;
  const kinds = new Set<number>();
  for (let row = 0; row < tree.length; row++) {
    const level = (tree.depth[row] ?? 0) - skipped;
    if (level < 0 || !isSeen(row)) continue;
    kinds.add(profile.frames.kind[tree.frame[row] ?? 0] ?? 0);
    yield box(profile, tree, row, options, {
      x: margin + (tree.startUs[row] ?? 0) * scale,
      y: headHeight + level * rowHeight,
      boxWidth: (tree.totalUs[row] ?? 0) * scale,
    });
  }
  yield* legend(height - margin, kinds, options.typicalShare !== null);
  yield '</svg>\n';
}

function box(
  profile: Profile,
  tree: CallTree,
  row: number,
  { typicalShare }: SvgOptions,
  { x, y, boxWidth }: { readonly x: number; readonly y: number; readonly boxWidth: number },
): string {
  const frame = tree.frame[row] ?? 0;
  const [total, self] = [tree.totalUs[row] ?? 0, tree.selfUs[row] ?? 0];
  const typical = typicalShare?.[row];
  const kind = profile.frames.kind[frame] ?? 0;
  const fill = typical === undefined ? `k${kind}${shadeOf(profile, frame)}` : `d${differenceStep(total, typical)}`;
  const facts =
    typical === undefined
      ? `total ${formatAmount(total, profile.unit)} (${formatShare(tree.sumUs > 0 ? total / tree.sumUs : null)}), self ${formatAmount(self, profile.unit)}`
      : `slow ${formatShare(total)}, typical ${formatShare(typical)}`;
  const place = placedName(profile, frame);
  const name = cut(visible(profile.strings[profile.frames.name[frame] ?? -1] ?? '', 200), boxWidth - 8);
  const text = name === '' ? '' : `<text x="${round(x + 4)}" y="${y + 13}">${markup(name)}</text>`;
  return `<g><title>${escaped(place, longestTitle)}\n${markup(facts)}</title><rect class="${fill}" x="${round(x)}" y="${y}" width="${round(Math.max(boxWidth - 0.5, leastWidth))}" height="${rowHeight - 1}"/>${text}</g>\n`;
}

function* legend(y: number, kinds: ReadonlySet<number>, differs: boolean): Generator<string> {
  let x = margin;
  const label = (text: string): string => `<text class="note" x="${x}" y="${y}">${text}</text>\n`;
  if (differs) {
    yield label('only typical');
    x += 74;
    for (let step = 0; step < flameColors('light').difference.length; step++, x += 14)
      yield `<rect class="d${step}" x="${x}" y="${y - 10}" width="14" height="10"/>`;
    x += 8;
    yield label('only slow');
    return;
  }
  for (const [kind, text] of kindLabels.filter(([kind]) => kinds.has(kind))) {
    yield `<rect class="k${kind}0" x="${x}" y="${y - 10}" width="10" height="10"/>`;
    x += 16;
    yield label(text);
    x += text.length * characterWidth + 16;
  }
}

/** Levels that hold nothing but `(root)`: every stack would begin with it. */
function rootRows({ frames }: Profile, { frame, rowStart }: CallTree): 0 | 1 {
  const first = frame.subarray(0, rowStart[1] ?? 0);
  return first.length > 0 && first.every((each) => frames.kind[each] === FrameKind.root) ? 1 : 0;
}

function style({ background, text, muted, frames, difference }: FlameColors): string {
  const fills = [
    ...frames.flatMap((shades, kind) => shades.map((color, shade) => `.k${kind}${shade}{fill:${color}}`)),
    ...difference.map((color, step) => `.d${step}{fill:${color}}`),
  ];
  return `text{font:11.5px system-ui,sans-serif;fill:${text}}.ground{fill:${background}}.head{font-size:16px}.note{fill:${muted}}${fills.join('')}`;
}

/** Neighbours get different shades: Knuth's multiplicative hash of the name, as on the page. */
function shadeOf({ frames }: Profile, frame: number): number {
  return Math.floor((((((frames.name[frame] ?? 0) + 1) * 2654435761) >>> 0) / 4294967296) * 3);
}

/** As much of a text as there is room for; '' if that is next to nothing. */
function cut(text: string, room: number): string {
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += character > '\u00ff' ? characterWidth * 2 : characterWidth;
    if (used > room) return kept.length > 2 ? `${kept.slice(0, -1).toWellFormed()}…` : '';
    kept += character;
  }
  return kept;
}

/** Foreign text: control characters written out (XML has no place for them), then escaped. */
function escaped(text: string, limit: number): string {
  return markup(visible(text, limit));
}

function markup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
