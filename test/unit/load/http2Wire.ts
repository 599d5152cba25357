import { Http2Connection, type Http2ConnectionOptions } from '../../../src/load/drivers/http2/connection.ts';
import type { Output } from '../../../src/load/drivers/http2/frameWriter.ts';
import type { HeaderFields } from '../../../src/load/drivers/http2/headerFields.ts';
import { newHeaderList } from '../../../src/load/drivers/http2/hpackEncoder.ts';
import { Http2Stream } from '../../../src/load/drivers/http2/stream.ts';

/** Frames by hand, and a connection without a socket: what a server sends, and what came of it. */

export const Type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;
export const [endStream, ack, endHeaders, padded, priority] = [1, 1, 4, 8, 32];

export function frame(type: number, flags: number, streamId: number, payload: Uint8Array | string = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload.replaceAll(' ', ''), 'hex') : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, body]);
}

export function words(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) out.writeUInt32BE(value, index * 4);
  return out;
}

export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = pairs.map(([id, value]) => Buffer.concat([Buffer.from([0, id]), words(value)]));
  return frame(Type.settings, 0, 0, Buffer.concat(payload));
}

/** A field without indexing. */
export function field(name: string, value: string): Buffer {
  const text = (each: string): Buffer => {
    const bytes = Buffer.from(each, 'latin1');
    const length =
      bytes.length < 127 ? [bytes.length] : [127, ((bytes.length - 127) & 127) | 128, (bytes.length - 127) >> 7];
    return Buffer.concat([Buffer.from(length), bytes]);
  };
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

/** `:status 200`, by its index. */
export const status200 = Buffer.from([0x88]);
export const headers = (streamId: number, flags: number, ...fields: readonly Buffer[]): Buffer =>
  frame(Type.headers, flags | endHeaders, streamId, Buffer.concat(fields.length > 0 ? fields : [status200]));
export const data = (streamId: number, flags: number, text: string | Uint8Array): Buffer =>
  frame(Type.data, flags, streamId, Buffer.from(text as string));

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Cuts what the client has sent into frames; a preface before them is taken off. */
export function framesOf(bytes: Buffer): Frame[] {
  const found: Frame[] = [];
  let at = bytes.subarray(0, 3).toString() === 'PRI' ? 24 : 0;
  while (at + 9 <= bytes.length) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    found.push({
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      streamId: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return found;
}

export const simple = newHeaderList([[':method', 'GET']], true);

/** A connection under test. `log` tells all it said, in words. */
export class Wire implements Output {
  readonly connection: Http2Connection;
  readonly log: string[] = [];
  pendingBytes = 0;
  ended = false;
  private sent: Buffer[] = [];
  private nowUs = 0;

  constructor(options: Partial<Http2ConnectionOptions> = {}) {
    this.connection = new Http2Connection(
      this,
      { wantedHeaders: ['x', 'y'], varyingHeader: 'traceparent', ...options },
      {
        onOpen: () => this.log.push('open'),
        onRetiring: (code) => this.log.push(`retiring ${code}`),
        onClosed: (code) => this.log.push(`closed ${code}`),
      },
    );
  }

  write(chunk: Uint8Array): void {
    this.sent.push(Buffer.from(chunk));
  }

  end(): void {
    this.ended = true;
  }

  /** Frames sent since the last call. */
  async takeFrames(): Promise<Frame[]> {
    return framesOf(await this.takeBytes());
  }

  async takeBytes(): Promise<Buffer> {
    // What is written outside of a read goes out when the current callback has returned.
    await new Promise((done) => setImmediate(done));
    return Buffer.concat(this.sent.splice(0));
  }

  /** As one read each. */
  receive(...chunks: readonly Uint8Array[]): this {
    for (const chunk of chunks) {
      // The buffer is the socket's: what is kept of it must have been copied.
      const buffer = Uint8Array.from(chunk);
      this.connection.receive(buffer, 0, buffer.length, this.nowUs);
      buffer.fill(0xff);
    }
    return this;
  }

  /** Time goes by. */
  pass(us: number): void {
    this.nowUs += us;
  }

  /** A stream whose events go to the log, with a name. */
  stream(name: string, onEnd: () => void = () => undefined): Http2Stream {
    const values = (fields: HeaderFields): string => {
      const texts = [fields.text(0), fields.text(1)].filter((text) => text !== null);
      return texts.length > 0 ? ` ${texts.join(' ')}` : '';
    };
    let text = '';
    const flush = (): void => {
      if (text !== '') this.log.push(`${name} data ${text.length > 20 ? text.length : text}`);
      text = '';
    };
    const stream: Http2Stream = new Http2Stream({
      onHeaders: (status, fields) => this.log.push(`${name} ${status}${values(fields)}`),
      onData: (bytes, from, to) => (text += Buffer.from(bytes.subarray(from, to)).toString('latin1')),
      onTrailers: (fields) => {
        flush();
        this.log.push(`${name} trailers${values(fields)}`);
      },
      onEnd: () => {
        flush();
        this.log.push(`${name} end`);
        onEnd();
      },
      onReset: (code) => {
        flush();
        this.log.push(`${name} reset ${code}`);
      },
    });
    return stream;
  }

  /** Makes requests without bodies on streams of these names: ids 1, 3, 5 … */
  request(...names: readonly string[]): Http2Stream[] {
    return names.map((name) => {
      const stream = this.stream(name);
      this.connection.request(stream, simple, null, true);
      return stream;
    });
  }
}

/** An open connection, its opening taken. */
export async function openWire(
  options: Partial<Http2ConnectionOptions> = {},
  ...pairs: readonly (readonly [id: number, value: number])[]
): Promise<Wire> {
  const wire = new Wire(options).receive(settings(...pairs));
  await wire.takeFrames();
  wire.log.length = 0;
  return wire;
}
