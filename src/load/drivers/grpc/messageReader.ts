/** Head of a message (grpc/doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message"): whether it is compressed, then its length. */
const headBytes = 5;

export type ReadResult = 'ok' | 'compressed' | 'too big';

/** A message with its head, as it goes over the wire. */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(headBytes + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, headBytes);
  return framed;
}

/**
 * Finds the messages in the pieces of an answer, however they are cut. Counts them; puts them together only for a judge, and then
 * only those that came in more than one piece. Hot path.
 */
export class MessageReader {
  /** Complete ones. */
  messages = 0;
  private readonly largest: number;
  private judge: { message(bytes: Buffer): void } | null = null;
  private headSeen = 0;
  private length = 0;
  private left = 0;
  private pieces: Buffer | null = null;

  /** @param largest bytes of a message that are taken. */
  constructor(largest: number) {
    this.largest = largest;
  }

  /** For the next answer. */
  start(judge: { message(bytes: Buffer): void } | null): void {
    this.messages = 0;
    this.judge = judge;
    this.headSeen = 0;
    this.left = 0;
    this.pieces = null;
  }

  /** It stands between messages. */
  get isWhole(): boolean {
    return this.headSeen === 0;
  }

  /** Takes the piece [from, to). */
  read(data: Uint8Array, from: number, to: number): ReadResult {
    let at = from;
    while (at < to) {
      if (this.headSeen < headBytes) {
        const octet = data[at++] ?? 0;
        if (this.headSeen === 0) {
          if (octet !== 0) return 'compressed';
          this.length = 0;
        } else {
          this.length = this.length * 256 + octet;
        }
        if (++this.headSeen < headBytes) continue;
        if (this.length > this.largest) return 'too big';
        this.left = this.length;
      }
      const taken = Math.min(this.left, to - at);
      if (this.judge) this.keep(data, at, at + taken);
      at += taken;
      this.left -= taken;
      if (this.left === 0) this.complete();
    }
    return 'ok';
  }

  private complete(): void {
    this.headSeen = 0;
    this.messages++;
    if (!this.judge) return;
    this.judge.message(this.pieces ?? Buffer.alloc(0));
    this.pieces = null;
  }

  private keep(data: Uint8Array, from: number, to: number): void {
    if (to - from === this.length) {
      this.pieces = Buffer.from(data.buffer, data.byteOffset + from, to - from);
      return;
    }
    this.pieces ??= Buffer.allocUnsafe(this.length);
    this.pieces.set(data.subarray(from, to), this.length - this.left);
  }
}
