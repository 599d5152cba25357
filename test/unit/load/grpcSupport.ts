import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Services } from '../../../src/load/drivers/grpc/methods.ts';
import type { AnswerJudge, GrpcOptions, GrpcTarget, PreparedCall } from '../../../src/load/drivers/grpc/options.ts';
import { loadProtoFiles } from '../../../src/load/drivers/grpc/protoFiles.ts';

export const fixtures = join(import.meta.dirname, '../../fixtures/services/grpc');
const echoFile = join(fixtures, 'echo.mjs');

export function echoServices(): Promise<Services> {
  return loadProtoFiles({ files: ['echo.proto'], includeDirs: [fixtures] });
}

export function address(port: number, tls: GrpcTarget['tls'] = null): GrpcTarget {
  return { endpoint: { address: '127.0.0.1', port }, authority: `localhost:${port}`, tls };
}

export function options(
  port: number,
  calls: readonly PreparedCall[],
  overrides: Partial<GrpcOptions> = {},
): GrpcOptions {
  return {
    target: address(port),
    calls,
    streamsPerChannel: 4,
    deadlineUs: null,
    connectTimeoutUs: 5e6,
    maxAnswerBytes: 4 * 1024 * 1024,
    traceparent: null,
    ...overrides,
  };
}

/** A call of the echo service, e.g. `call(services, 'Count', [{ count: 3 }])`. */
export function call(
  services: Services,
  name: 'Say' | 'Count' | 'Collect' | 'Chat',
  messages: readonly object[],
  metadata: PreparedCall['metadata'] = [],
): PreparedCall {
  const { path, clientStreaming, serverStreaming, encode } = services.method(`slowpath.echo.Echo/${name}`);
  return { path, clientStreaming, serverStreaming, messages: messages.map(encode), metadata };
}

/** The echo service in a process of its own, for tests that kill it. */
export async function spawnEcho(
  t: TestContext,
  port = 0,
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = spawn(process.execPath, [echoFile], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const line = await new Promise<string>((told) =>
    child.stdout.once('data', (chunk: Buffer) => told(chunk.toString())),
  );
  return { child, port: Number(/listening (\d+)/.exec(line)?.[1]) };
}

/** An HTTP/2 server that answers however a test wants, right or wrong. @returns its port. */
export async function serveHttp2(
  t: TestContext,
  answer: (stream: ServerHttp2Stream, calls: number) => void,
): Promise<number> {
  let calls = 0;
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    answer(stream, ++calls);
  });
  server.on('session', (session) => {
    session.on('error', () => undefined);
    t.after(() => session.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A message as gRPC frames it. */
export function framed(message: Buffer, compressed = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed, 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Calls an answer good if each of its messages is, and its status is OK. */
export function judging(isGood: (message: Buffer) => boolean): () => AnswerJudge {
  return () => {
    let allGood = true;
    return {
      headerNames: [],
      start: () => (allGood = true),
      header: () => undefined,
      message: (bytes) => {
        if (!isGood(bytes)) allGood = false;
      },
      isGood: (status) => status === 0 && allGood,
    };
  };
}
