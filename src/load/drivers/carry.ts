const firstBytes = 1024;
/** A buffer that one long message made larger than this is not held on to. */
const keptBytes = 1024 * 1024;

/** Puts together a message that came in pieces. The buffer stays and grows by doubling: linear time however small the pieces. */
export class Carry {
  data = new Uint8Array(firstBytes);
  length = 0;

  clear(): void {
    this.length = 0;
    if (this.data.length > keptBytes) this.data = new Uint8Array(firstBytes);
  }

  add(data: Uint8Array, from: number, to: number): void {
    const length = this.length + to - from;
    if (length > this.data.length) {
      const wider = new Uint8Array(Math.max(this.data.length * 2, length));
      wider.set(this.data.subarray(0, this.length));
      this.data = wider;
    }
    this.data.set(data.subarray(from, to), this.length);
    this.length = length;
  }
}
