import { join } from 'node:path';
import { requestTemplate } from '../../fixtures/load.ts';
import { fixtures } from './grpcSupport.ts';
import { ack, data, endStream, field, frame, headers, settings, status200, Type } from './http2Wire.ts';
import type { Bytes } from './wires.ts';

type OnStream = (streamId: number) => Buffer;

/** What of HTTP/2 and gRPC differs: the frames of an answer that is good, bad and too large, and what comes of them. */
interface Answers {
  readonly load: Bytes['load'];
  readonly good: OnStream;
  readonly bad: OnStream;
  readonly errorStatus: string;
  readonly tooLarge: OnStream;
  readonly ends: { readonly nonsense: string; readonly tooLarge: string };
}

function http2({ load, good, bad, errorStatus, tooLarge, ends }: Answers): Bytes {
  return {
    // A stream a connection: what breaks the one is not to break others.
    load: { streams: 1, ...load },
    read: (pending, state, { say, request }) => {
      let rest = pending;
      if (!state.open) {
        if (rest.length < 24) return rest;
        rest = rest.subarray(24);
        state.open = true;
        say(settings());
      }
      while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
        const end = 9 + rest.readUIntBE(0, 3);
        const [type, flags, streamId] = [rest[3] ?? 0, rest[4] ?? 0, rest.readUInt32BE(5)];
        rest = rest.subarray(end);
        if (type === Type.settings && (flags & ack) === 0) say(frame(Type.settings, ack, 0));
        // A call is whole with its last frame, be it of its head or of its body.
        if ((type === Type.headers || type === Type.data) && (flags & endStream) !== 0) request(good(streamId));
      }
      return rest;
    },
    bad: (whole) => bad(streamOf(whole)),
    errorStatus,
    // A whole frame: other streams go on behind it.
    beginning: (whole) => whole.subarray(0, 9 + whole.readUIntBE(0, 3)),
    nonsense: Buffer.alloc(50, 0xff),
    tooLarge: (whole) => tooLarge(streamOf(whole)),
    // Whether the close or the reset is heard first is the kernel's to say.
    ends: { reset: 'lost', end: 'lost', ...ends },
  };
}

/** Of an answer, by its first frame. */
function streamOf(answer: Buffer): number {
  return answer.readUInt32BE(5);
}

export const h2 = http2({
  load: { protocol: 'http2' },
  good: (streamId) => Buffer.concat([headers(streamId, 0), data(streamId, endStream, 'slow path')]),
  bad: (streamId) => headers(streamId, endStream, field(':status', '503')),
  errorStatus: '503',
  // A head of 300,000 bytes, in frames of 16 KiB.
  tooLarge: (streamId) => {
    const block = Buffer.concat([status200, ...Array.from({ length: 20 }, () => field('x', 'y'.repeat(15_000)))]);
    const frames = [frame(Type.headers, 0, streamId, block.subarray(0, 16_384))];
    for (let at = 16_384; at < block.length; at += 16_384)
      frames.push(
        frame(Type.continuation, at + 16_384 >= block.length ? 4 : 0, streamId, block.subarray(at, at + 16_384)),
      );
    return Buffer.concat(frames);
  },
  ends: { nonsense: 'H2_FRAME_SIZE_ERROR', tooLarge: 'H2_HEADER_OVERFLOW' },
});

export function grpc(client: 'lean' | 'grpc-js'): Bytes {
  const head = (streamId: number): Buffer => headers(streamId, 0, status200, field('content-type', 'application/grpc'));
  const status = (streamId: number, code: string): Buffer => headers(streamId, endStream, field('grpc-status', code));
  return http2({
    load: {
      protocol: 'grpc',
      grpc: { proto: [join(fixtures, 'echo.proto')], includeDirs: [], client, deadlineUs: null },
      requests: [requestTemplate({ path: '/slowpath.echo.Echo/Say', method: 'POST', body: '[{}]' })],
    },
    good: (streamId) => Buffer.concat([head(streamId), data(streamId, 0, Buffer.alloc(5)), status(streamId, '0')]),
    bad: (streamId) => Buffer.concat([head(streamId), status(streamId, '14')]),
    errorStatus: 'UNAVAILABLE',
    // A message that says of itself that it has 4 GiB.
    tooLarge: (streamId) =>
      Buffer.concat([head(streamId), data(streamId, 0, Buffer.of(0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3))]),
    ends: { nonsense: client === 'lean' ? 'H2_FRAME_SIZE_ERROR' : 'H2_PROTOCOL_ERROR', tooLarge: '8 bad' },
  });
}
