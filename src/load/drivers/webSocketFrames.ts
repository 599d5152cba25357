import { Carry } from './carry.ts';

/** RFC 6455, 5.2. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** What `execute` came to the end of. */
export const Event = { none: 0, message: 1, ping: 2, pong: 3, close: 4 } as const;
export type Event = (typeof Event)[keyof typeof Event];

/** Above it a message is refused as WS_TOO_LARGE. */
const longestMessage = 64 * 1024 * 1024;
/** RFC 6455, 5.5. */
const longestControl = 125;
const longestHead = 14;

/**
 * Reads a server's frames from pieces of any size: whole messages, however fragmented, and control frames between their fragments.
 * Nothing is allocated while messages come whole; payloads of messages are kept only if somebody looks at them. Text is not checked to
 * be UTF-8.
 */
export class WebSocketReader {
  event: Event = Event.none;
  /** Of the message so far, heads and control frames between its fragments included. */
  bytes = 0;
  /** Empty unless failed: WS_RESERVED_BITS, WS_RESERVED_OPCODE, WS_MASKED, WS_BAD_CONTROL, WS_BAD_FRAGMENT, WS_TOO_LARGE. */
  error = '';
  /** A message has begun and not ended. */
  inMessage = false;
  /** Where a message's payload is, if payloads are kept, or a control frame's: [bodyFrom, bodyTo) of `body`, until the next call. */
  body: Uint8Array = new Uint8Array(0);
  bodyFrom = 0;
  bodyTo = 0;
  private readonly keepsBodies: boolean;
  private readonly longest: number;
  private readonly message = new Carry();
  private readonly control = new Carry();
  private readonly head = new Uint8Array(longestHead);
  private headLength = 0;
  private headNeeded = 2;
  private opcode: Opcode = Opcode.continuation;
  private isFinal = true;
  private payloadLeft = 0;
  private messageLength = 0;

  constructor(keepsBodies: boolean, longest = longestMessage) {
    this.keepsBodies = keepsBodies;
    this.longest = longest;
  }

  /**
   * Takes the bytes [from, to) as far as the end of a message or control frame: then `event` says which.
   * @returns the position after the last byte taken; -1 if the server broke the protocol, see `error`.
   */
  execute(data: Uint8Array, from: number, to: number): number {
    if (this.event !== Event.none) this.afterEvent();
    let at = from;
    while (at < to && this.event === Event.none) {
      const before = at;
      if (this.headLength < this.headNeeded) {
        this.takeHead(data[at++] ?? 0);
        if (this.headLength === this.headNeeded && this.payloadLeft === 0 && this.error === '')
          this.endFrame(data, at, at);
      } else {
        const end = at + Math.min(this.payloadLeft, to - at);
        this.payloadLeft -= end - at;
        if (this.payloadLeft === 0) this.endFrame(data, at, end);
        else this.keep(data, at, end);
        at = end;
      }
      this.bytes += at - before;
      if (this.error !== '') return -1;
    }
    return at;
  }

  private afterEvent(): void {
    if (this.event === Event.message) this.message.clear();
    if (!this.inMessage) this.bytes = 0;
    this.control.clear();
    this.event = Event.none;
  }

  private get isControl(): boolean {
    return this.opcode >= Opcode.close;
  }

  private takeHead(byte: number): void {
    this.head[this.headLength++] = byte;
    if (this.headLength === 1) this.takeFirst(byte);
    else if (this.headLength === 2) this.takeLength(byte);
    if (this.headLength === this.headNeeded && this.headNeeded > 2) {
      let length = 0;
      for (let i = 2; i < this.headNeeded; i++) length = length * 256 + (this.head[i] ?? 0);
      this.payloadLeft = length;
    }
    if (this.headLength === this.headNeeded && !this.isControl) {
      this.messageLength += this.payloadLeft;
      if (this.messageLength > this.longest) this.error = 'WS_TOO_LARGE';
    }
  }

  private takeFirst(byte: number): void {
    const opcode = byte & 0x0f;
    this.isFinal = byte >= 0x80;
    if ((byte & 0x70) !== 0) this.error = 'WS_RESERVED_BITS';
    else if (!isOpcode(opcode)) this.error = 'WS_RESERVED_OPCODE';
    else this.begin(opcode);
  }

  private begin(opcode: Opcode): void {
    this.opcode = opcode;
    if (this.isControl) {
      if (!this.isFinal) this.error = 'WS_BAD_CONTROL';
      return;
    }
    if ((opcode === Opcode.continuation) !== this.inMessage) this.error = 'WS_BAD_FRAGMENT';
    if (!this.inMessage) this.messageLength = 0;
    this.inMessage = true;
  }

  private takeLength(byte: number): void {
    const length = byte & 0x7f;
    if (byte >= 0x80) this.error = 'WS_MASKED';
    else if (this.isControl && length > longestControl) this.error = 'WS_BAD_CONTROL';
    this.headNeeded = length === 127 ? 10 : length === 126 ? 4 : 2;
    this.payloadLeft = length < 126 ? length : 0;
  }

  private keep(data: Uint8Array, from: number, to: number): void {
    if (this.isControl) this.control.add(data, from, to);
    else if (this.keepsBodies) this.message.add(data, from, to);
  }

  /** @param from where its last bytes begin. */
  private endFrame(data: Uint8Array, from: number, to: number): void {
    this.headLength = 0;
    this.headNeeded = 2;
    if (this.isControl) {
      this.event = this.opcode === Opcode.ping ? Event.ping : this.opcode === Opcode.pong ? Event.pong : Event.close;
      this.show(this.control, data, from, to);
    } else if (this.isFinal) {
      this.event = Event.message;
      this.inMessage = false;
      if (this.keepsBodies) this.show(this.message, data, from, to);
    } else {
      this.keep(data, from, to);
    }
  }

  private show(carried: Carry, data: Uint8Array, from: number, to: number): void {
    this.body = data;
    this.bodyFrom = from;
    this.bodyTo = to;
    if (carried.length === 0) return;
    carried.add(data, from, to);
    this.body = carried.data;
    this.bodyFrom = 0;
    this.bodyTo = carried.length;
  }
}

function isOpcode(value: number): value is Opcode {
  return value <= Opcode.binary || (value >= Opcode.close && value <= Opcode.pong);
}

/**
 * Writes a client's frames: final, masked. Masking is there to keep intermediaries from taking payloads for requests; it costs the
 * same for every payload of a length.
 */
export class WebSocketWriter {
  private buffer = Buffer.alloc(0);
  private mask: number;

  /** @param seed of the masks; of no consequence but that they differ. */
  constructor(seed: number) {
    this.mask = seed | 1;
  }

  /** @param mayReuse whether the frame handed out last is no longer needed: its buffer is then taken again. */
  frame(opcode: Opcode, payload: Uint8Array, mayReuse: boolean): Buffer {
    const { length } = payload;
    const maskAt = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    const start = maskAt + 4;
    if (!mayReuse || this.buffer.length !== start + length) this.buffer = Buffer.allocUnsafe(start + length);
    const out = this.buffer;
    out[0] = 0x80 | opcode;
    out[1] = 0x80 | (maskAt === 2 ? length : maskAt === 4 ? 126 : 127);
    for (let at = maskAt - 1, rest = length; at >= 2; at--, rest = Math.floor(rest / 256)) out[at] = rest % 256;
    const mask = this.nextMask();
    const [a, b, c, d] = [mask >>> 24, (mask >>> 16) & 0xff, (mask >>> 8) & 0xff, mask & 0xff];
    out[maskAt] = a;
    out[maskAt + 1] = b;
    out[maskAt + 2] = c;
    out[maskAt + 3] = d;
    let i = 0;
    for (; i + 3 < length; i += 4) {
      out[start + i] = (payload[i] ?? 0) ^ a;
      out[start + i + 1] = (payload[i + 1] ?? 0) ^ b;
      out[start + i + 2] = (payload[i + 2] ?? 0) ^ c;
      out[start + i + 3] = (payload[i + 3] ?? 0) ^ d;
    }
    for (; i < length; i++) out[start + i] = (payload[i] ?? 0) ^ (out[maskAt + (i & 3)] ?? 0);
    return out;
  }

  /** xorshift32 (Marsaglia, 2003). */
  private nextMask(): number {
    let mask = this.mask;
    mask ^= mask << 13;
    mask ^= mask >>> 17;
    mask ^= mask << 5;
    this.mask = mask;
    return mask >>> 0;
  }
}
