/** Rows of boxes as rows of single pixels, each then painted as tall as it is to be: a row's boxes cost one call, not one each. */

/** What boxes are painted with; tests put one that remembers in its place. */
export interface BoxPainter {
  /** Forgets what was filled; from now on there are `rows` rows of `width` device pixels, all of them empty. */
  begin(width: number, rows: number): void;
  /** What a CSS colour is called in `fill`. */
  color(style: string): number;
  /** Fills pixels `left` up to `right` of a row with a colour. What lies outside of the row is left out. */
  fill(row: number, left: number, right: number, color: number): void;
  /** Hands a row's pixels to the context, from `top` on and `height` device pixels tall. Only after the last `fill`. */
  paint(context: CanvasRenderingContext2D, row: number, top: number, height: number): void;
}

/**
 * A rectangle a box takes more than a microsecond of script, and a big flamegraph has a box in every pixel of every row. Here they are
 * written as pixels into memory, handed over at once and stretched by the canvas.
 */
export class PixelRows implements BoxPainter {
  private readonly canvas = new OffscreenCanvas(1, 1);
  private readonly context = this.canvas.getContext('2d');
  private readonly colors = new PixelColors();
  private width = 1;
  private image = new ImageData(1, 1);
  private pixels = new Uint32Array(this.image.data.buffer);
  private handedOver = false;

  begin(width: number, rows: number): void {
    const across = Math.max(1, width);
    const down = Math.max(1, rows);
    this.handedOver = false;
    if (this.width === across && this.image.height === down) {
      this.pixels.fill(0);
      return;
    }
    this.width = across;
    this.image = new ImageData(across, down);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.canvas.width = across;
    this.canvas.height = down;
  }

  color(style: string): number {
    return this.colors.of(style);
  }

  fill(row: number, left: number, right: number, color: number): void {
    const { pixels, width } = this;
    const line = row * width;
    const end = line + Math.min(width, right);
    for (let at = line + Math.max(0, left); at < end; at++) pixels[at] = color;
  }

  paint(context: CanvasRenderingContext2D, row: number, top: number, height: number): void {
    if (!this.handedOver) this.context?.putImageData(this.image, 0, 0);
    this.handedOver = true;
    const { width } = this;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.canvas, 0, row, width, 1, 0, top, width, height);
  }
}

/** CSS colours as the four bytes of a pixel. The browser says what they are: they may be written in any way that CSS has. */
class PixelColors {
  private readonly known = new Map</* CSS */ string, number>();
  private readonly probe = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

  of(style: string): number {
    let color = this.known.get(style);
    if (color === undefined) {
      color = this.ask(style);
      this.known.set(style, color);
    }
    return color;
  }

  private ask(style: string): number {
    const { probe } = this;
    if (!probe) return 0;
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = style;
    probe.fillRect(0, 0, 1, 1);
    return new Uint32Array(probe.getImageData(0, 0, 1, 1).data.buffer)[0] ?? 0;
  }
}
