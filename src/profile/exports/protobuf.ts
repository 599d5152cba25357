/** Writes protocol buffers (protobuf.dev/programming-guides/encoding): growing bytes, fields in the order of the calls. */
export class ProtoWriter {
  private bytes = new Uint8Array(1024);
  private length = 0;

  /** A whole number below 2^53; 0 is the default of every field and is not written. */
  uint(field: number, value: number): void {
    if (value === 0) return;
    this.varint(field * 8);
    this.varint(value);
  }

  /** Repeated whole numbers, packed. */
  packed(field: number, values: Iterable<number>): void {
    const inner = new ProtoWriter();
    for (const value of values) inner.varint(value);
    this.message(field, inner);
  }

  text(field: number, text: string): void {
    this.delimited(field, new TextEncoder().encode(text));
  }

  /** A nested message: written even when it is empty, since a repeated field counts its entries. */
  message(field: number, inner: ProtoWriter): void {
    this.delimited(field, inner.bytes.subarray(0, inner.length));
  }

  get size(): number {
    return this.length;
  }

  /** What was written since the last call. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }

  private delimited(field: number, bytes: Uint8Array): void {
    this.varint(field * 8 + 2);
    this.varint(bytes.length);
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  private varint(value: number): void {
    this.reserve(10);
    let rest = value;
    // Beyond 2^31 bit operations would lose the upper half.
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) this.bytes[this.length++] = (rest % 128) | 128;
    for (; rest >= 128; rest >>>= 7) this.bytes[this.length++] = (rest & 127) | 128;
    this.bytes[this.length++] = rest;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
