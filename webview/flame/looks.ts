/** How boxes look, looked at once for a layout and not once a box and frame of the screen: colours as numbers, widths of names. */
import { differenceStep } from '../../src/profile/difference.ts';
import { FrameKind, FrameTier } from '../../src/profile/tables.ts';
import type { FrameLabels } from '../model/messages.ts';
import type { Palette } from '../theme.ts';
import type { FlameLayout } from './layout.ts';
import type { BoxPainter } from './pixelRows.ts';

/** What the colours depend on. */
export interface LookInput {
  readonly layout: FlameLayout;
  readonly labels: FrameLabels;
  readonly palette: Palette;
  /** Coloured by how code ran instead of whose it is. */
  readonly byTier: boolean;
  /** One flag a frame, or null while nothing is searched. */
  readonly matches: Uint8Array | null;
}

export class Looks {
  private readonly input: LookInput;
  /** Of each box, or of each frame: only a difference colours the boxes of a frame apart. */
  private readonly colors: Uint32Array;
  private readonly isByBox: boolean;
  private font = '';
  private readonly widths = new Map</* frame */ number, number>();

  constructor(boxes: BoxPainter, input: LookInput) {
    this.input = input;
    const byBox = boxColors(boxes, input);
    this.isByBox = byBox !== null;
    this.colors = byBox ?? Uint32Array.from(input.labels.name, (_, frame) => boxes.color(frameStyle(input, frame)));
  }

  /** Whether these are the looks of other input too. */
  isOf({ layout, labels, palette, byTier, matches }: LookInput): boolean {
    const { input } = this;
    return (
      input.layout === layout &&
      input.labels === labels &&
      input.palette === palette &&
      input.byTier === byTier &&
      input.matches === matches
    );
  }

  /** A colour of the painter's. */
  color(box: number, frame: number): number {
    return this.colors[this.isByBox ? box : frame] ?? 0;
  }

  /** What names are written in from now on. Asking the context for each name would take as long as measuring it. */
  writeIn(context: CanvasRenderingContext2D, font: string): void {
    context.font = font;
    if (this.font !== font) this.widths.clear();
    this.font = font;
  }

  /** Of a frame's name, in the context's units. */
  nameWidth(context: CanvasRenderingContext2D, frame: number): number {
    let width = this.widths.get(frame);
    if (width === undefined) {
      width = context.measureText(this.input.labels.name[frame] ?? '').width;
      this.widths.set(frame, width);
    }
    return width;
  }
}

const known = new WeakMap<BoxPainter, Looks>();

/** The looks that were made for a painter last, or new ones. */
export function looksFor(boxes: BoxPainter, input: LookInput): Looks {
  let looks = known.get(boxes);
  if (!looks?.isOf(input)) {
    looks = new Looks(boxes, input);
    known.set(boxes, looks);
  }
  return looks;
}

/** Null where the frames alone tell. */
function boxColors(boxes: BoxPainter, { layout, palette, matches }: LookInput): Uint32Array | null {
  const { tint, contrast, start, end } = layout;
  if (matches || !(tint ?? contrast)) return null;
  const steps = palette.difference.map((style) => boxes.color(style));
  const dimmed = boxes.color(palette.dimmed);
  if (tint) return Uint32Array.from(tint, (step) => steps[step] ?? dimmed);
  return Uint32Array.from(contrast ?? [], (typical, box) => {
    const slow = (end[box] ?? 0) - (start[box] ?? 0);
    return steps[differenceStep(slow, typical)] ?? dimmed;
  });
}

function frameStyle({ labels, palette, byTier, matches }: LookInput, frame: number): string {
  if (matches) return matches[frame] ? palette.match : palette.dimmed;
  const shades =
    (byTier ? tierShades(palette, labels, frame) : palette.frames[labels.kind[frame] ?? 0]) ?? palette.frames[0];
  return shades?.[labels.shade[frame] ?? 0] ?? palette.dimmed;
}

/** What has no tier is native; collecting garbage and the kernel's work stay to be told apart. */
function tierShades(palette: Palette, labels: FrameLabels, frame: number): readonly string[] | undefined {
  const tier = labels.tier[frame] ?? FrameTier.unknown;
  if (tier !== FrameTier.unknown) return palette.tiers[tier];
  const kind = labels.kind[frame] ?? FrameKind.native;
  return palette.frames[
    kind === FrameKind.gc || kind === FrameKind.kernel || kind === FrameKind.idle ? kind : FrameKind.native
  ];
}
