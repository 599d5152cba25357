import { connect, constants, type IncomingHttpHeaders } from 'node:http2';

const serving = 1;
/** HealthCheckResponse.ServingStatus. */
const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const mostBytes = 4096;

/**
 * Asks a gRPC server whether it is at work (grpc.health.v1.Health/Check). The messages are a few bytes, made and read by hand: no gRPC
 * library is needed for them.
 *
 * @param url `grpc://host:port/service` or `grpcs:`; without a service the server as a whole is asked.
 * @returns null if it serves, else what it said or what went wrong. Never rejects.
 */
export function grpcHealth(url: URL, timeoutMs: number): Promise<string | null> {
  const origin = `${url.protocol === 'grpcs:' ? 'https:' : 'http:'}//${url.host}`;
  return new Promise((resolve) => {
    // Readiness asks for an answer, not for a certificate anybody else would trust.
    const session = connect(origin, { rejectUnauthorized: false });
    const settle = (problem: string | null): void => {
      clearTimeout(timer);
      session.destroy();
      resolve(problem);
    };
    const timer = setTimeout(() => settle('no answer in time'), timeoutMs);
    session.on('error', (error: NodeJS.ErrnoException) => settle(reason(error)));
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
    });
    const pieces: Buffer[] = [];
    let bytes = 0;
    let grpcStatus: string | undefined;
    const take = (headers: IncomingHttpHeaders): void => {
      const told = headers['grpc-status'];
      if (typeof told === 'string') grpcStatus = told;
    };
    stream.on('response', (headers) => {
      take(headers);
      const status = String(headers[constants.HTTP2_HEADER_STATUS]);
      if (status !== '200') settle(`HTTP status ${status}`);
    });
    stream.on('trailers', take);
    stream.on('data', (piece: Buffer) => {
      pieces.push(piece);
      if ((bytes += piece.length) > mostBytes) settle('the answer is too long for a health check');
    });
    stream.on('error', (error: NodeJS.ErrnoException) => settle(reason(error)));
    stream.on('close', () => settle(verdict(grpcStatus, Buffer.concat(pieces))));
    stream.end(request(url.pathname.replace(/^\//, '')));
  });
}

/** A stream that ends with its session says only that; the session's own error is its cause. */
function reason(error: NodeJS.ErrnoException): string {
  const { cause } = error;
  return cause instanceof Error ? reason(cause) : (error.code ?? error.message);
}

/** HealthCheckRequest: field 1, text; then framed as gRPC does. */
function request(service: string): Buffer {
  const name = Buffer.from(decodeURIComponent(service));
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** HealthCheckResponse: field 1, a varint; absent it is 0. */
function verdict(grpcStatus: string | undefined, answer: Buffer): string | null {
  if (grpcStatus === '12') return 'the server has no health service (grpc.health.v1)';
  if (grpcStatus === '5') return 'the server does not know this service';
  if (grpcStatus !== '0') return `gRPC status ${grpcStatus ?? 'missing'}`;
  const status = answer[5] === 0x08 ? (answer[6] ?? 0) : 0;
  return status === serving ? null : (statusNames[status] ?? `status ${status}`);
}
