import type { Http2Stream } from './stream.ts';

/** Must be a power of two; with fewer open streams than this, their consecutive ids do not collide. */
const hintCount = 256;

/**
 * The open streams of a connection. Found by id through a table of hints, one look for most; an old stream whose hint a younger
 * one took over is found by going through the list. Nothing is allocated.
 */
export class StreamTable {
  readonly open: Http2Stream[] = [];
  private readonly hints = new Array<Http2Stream | null>(hintCount).fill(null);

  get size(): number {
    return this.open.length;
  }

  add(stream: Http2Stream): void {
    stream.place = this.open.length;
    this.open.push(stream);
    this.hints[(stream.id >>> 1) & (hintCount - 1)] = stream;
  }

  /** Before its id is taken from it. */
  remove(stream: Http2Stream): void {
    const last = this.open.pop();
    if (last && last !== stream) {
      this.open[stream.place] = last;
      last.place = stream.place;
    }
    stream.place = -1;
  }

  find(id: number): Http2Stream | null {
    const hint = this.hints[(id >>> 1) & (hintCount - 1)];
    if (hint?.id === id && hint.place >= 0) return hint;
    for (const stream of this.open) if (stream.id === id) return stream;
    return null;
  }
}
