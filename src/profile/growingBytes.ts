/** Bytes that come in pieces and are wanted whole: in one buffer that grows, so that they never stand in memory twice if their number is known. */
export class GrowingBytes {
  private buffer = new Uint8Array(1 << 20);
  private used = 0;

  get length(): number {
    return this.used;
  }

  /** Makes room for as many bytes in all; an estimate does. */
  reserve(bytes: number): void {
    if (bytes <= this.buffer.length) return;
    const larger = new Uint8Array(bytes);
    larger.set(this.bytes());
    this.buffer = larger;
  }

  /** Copies the piece. */
  push(piece: Uint8Array): void {
    const length = this.used + piece.length;
    if (length > this.buffer.length) this.reserve(Math.max(length, this.buffer.length * 2));
    this.buffer.set(piece, this.used);
    this.used = length;
  }

  /** Everything so far, not copied. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.used);
  }
}
