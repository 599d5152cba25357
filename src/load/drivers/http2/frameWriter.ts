import { frameHeadBytes, type Setting } from './protocol.ts';

/** Where written bytes go: a socket, or a test. */
export interface Output {
  write(chunk: Uint8Array): void;
  /** Bytes written and not yet handed to the system: until that is 0, chunks may not be overwritten. */
  readonly pendingBytes: number;
  /**
   * Nothing more will be written: closes, after what is pending.
   * @param peerCloses it will close by itself: lets it do so, if it does soon, for the TIME_WAIT is then its own.
   */
  end(peerCloses: boolean): void;
}

const bufferBytes = 64 * 1024;

/**
 * Gathers frames, so that all that are written in one turn of the loop go out in one write. Buffers are reused as soon as the
 * system has taken their bytes, which it nearly always does at once.
 */
export class FrameWriter {
  private readonly output: Output;
  private bytes: Uint8Array = new Uint8Array(bufferBytes);
  private used = 0;
  /** The last buffer that the socket kept: ours again once nothing is pending. */
  private given: Uint8Array | null = null;
  private scheduled = false;
  private held = false;

  constructor(output: Output) {
    this.output = output;
  }

  /** The buffer being filled; valid until the next call of `reserve`. */
  get buffer(): Uint8Array {
    return this.bytes;
  }

  /** Bytes waiting in the socket. */
  get pendingBytes(): number {
    return this.output.pendingBytes;
  }

  /**
   * Makes room and sees to it that what is written there goes out, at the latest when the current callback of the loop returns.
   * @returns where to write; `advance` tells how far that went.
   */
  reserve(bytes: number): number {
    if (this.used + bytes > this.bytes.length) {
      this.flush();
      if (bytes > this.bytes.length) this.bytes = new Uint8Array(bytes);
    }
    if (!this.held && !this.scheduled) {
      this.scheduled = true;
      process.nextTick(this.scheduledFlush);
    }
    return this.used;
  }

  advance(end: number): void {
    this.used = end;
  }

  /** Until `release`, nothing goes out: many answers are being read, and each may bring the next request. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    this.flush();
  }

  flush(): void {
    if (this.used === 0) return;
    const { output, bytes } = this;
    const free = output.pendingBytes === 0 ? this.given : null;
    const chunk = bytes.subarray(0, this.used);
    this.used = 0;
    output.write(chunk);
    if (output.pendingBytes === 0) return;
    // The socket still reads from it, as TLS does until the next turn: two buffers take turns.
    this.given = bytes;
    this.bytes = free ?? new Uint8Array(bufferBytes);
  }

  end(peerCloses: boolean): void {
    this.flush();
    this.output.end(peerCloses);
  }

  /** A frame of 32-bit words: WINDOW_UPDATE, RST_STREAM, GOAWAY. */
  words(type: number, streamId: number, first: number, second?: number): void {
    const length = second === undefined ? 4 : 8;
    const at = this.reserve(frameHeadBytes + length);
    let end = writeFrameHead(this.bytes, at, length, type, 0, streamId);
    end = writeUint32(this.bytes, end, first);
    if (second !== undefined) end = writeUint32(this.bytes, end, second);
    this.advance(end);
  }

  /** A frame with a payload made elsewhere, which is copied. */
  frame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    const at = this.reserve(frameHeadBytes + payload.length);
    const start = writeFrameHead(this.bytes, at, payload.length, type, flags, streamId);
    this.bytes.set(payload, start);
    this.advance(start + payload.length);
  }

  /** Bytes that are no frame of ours: the preface. */
  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
    this.advance(at + bytes.length);
  }

  private readonly scheduledFlush = (): void => {
    this.scheduled = false;
    if (!this.held) this.flush();
  };
}

/** @returns the position after it. */
export function writeFrameHead(
  out: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  out[at] = length >>> 16;
  out[at + 1] = length >>> 8;
  out[at + 2] = length;
  out[at + 3] = type;
  out[at + 4] = flags;
  return writeUint32(out, at + 5, streamId);
}

function writeUint32(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
  return at + 4;
}

export type SettingPair = readonly [id: (typeof Setting)[keyof typeof Setting], value: number];

/** The payload of a SETTINGS frame (RFC 9113 6.5.1). */
export function settingsPayload(settings: readonly SettingPair[]): Uint8Array {
  const out = new Uint8Array(settings.length * 6);
  for (const [index, [id, value]] of settings.entries()) {
    out[index * 6 + 1] = id;
    writeUint32(out, index * 6 + 2, value);
  }
  return out;
}
