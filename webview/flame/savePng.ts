import { drawFlame, type FlamePaint, rowHeight } from './draw.ts';
import { rowCount } from './layout.ts';
import { PixelRows } from './pixelRows.ts';

/** Browsers refuse taller canvases; deeper rows are left out. */
const mostPixels = 16_000;
/** Sharp on any screen and on paper. */
const scale = 2;

/**
 * Saves what is in view from left to right, with all its rows, as a PNG: the browser asks where to, or puts it to the downloads.
 * Resolves when it has been handed over; does nothing where the browser gives no canvas.
 */
export async function savePng(
  name: string,
  picture: Omit<FlamePaint, 'height' | 'dpr' | 'selected' | 'hovered'>,
): Promise<void> {
  const height = Math.min(rowCount(picture.layout) * rowHeight, mostPixels / scale);
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) return;
  drawFlame(context, new PixelRows(), {
    ...picture,
    view: { ...picture.view, scrollY: 0 },
    height,
    dpr: scale,
    selected: -1,
    hovered: -1,
  });
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (!blob) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${name}.png`;
  link.click();
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
