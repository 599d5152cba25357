import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { startEcho } from '../../fixtures/services/grpc/echo.mjs';
import { loadProtoFiles } from '../../../src/load/drivers/grpc/protoFiles.ts';
import { reflectServices } from '../../../src/load/drivers/grpc/reflection.ts';
import { address, fixtures, framed, serveHttp2 } from './grpcSupport.ts';

const never = new AbortController().signal;

async function echo(t: TestContext, reflection: readonly ('v1' | 'v1alpha')[]): Promise<number> {
  const { port, stop } = await startEcho({ reflection });
  t.after(stop);
  return port;
}

for (const version of ['v1', 'v1alpha'] as const) {
  test(`a server that has reflection ${version} describes what its .proto files do`, async (t) => {
    const port = await echo(t, [version]);
    const reflected = await reflectServices(address(port), never);
    const read = await loadProtoFiles({ files: ['echo.proto', 'kinds.proto'], includeDirs: [fixtures] });
    assert.deepEqual(reflected.names.toSorted(), read.names.toSorted());
    for (const name of read.names) {
      const [one, other] = [reflected.method(name), read.method(name)];
      const kind = ({ path, clientStreaming, serverStreaming }: typeof one) => [path, clientStreaming, serverStreaming];
      assert.deepEqual(kind(one), kind(other));
    }
  });
}

test('messages are the same bytes, however their types became known', async (t) => {
  const reflected = await reflectServices(address(await echo(t, ['v1'])), never);
  const read = await loadProtoFiles({ files: ['kinds.proto'], includeDirs: [fixtures] });
  const messages = [
    { byNumber: { 7: { name: 'x' }, 8: {} }, counts: { a: 1 }, byFlag: { true: 'yes' } },
    { innerColour: 'INNER_ONLY', outerColour: 'COLOUR_RED', maybe: 0, textChoice: '' },
    { free: { a: [1, 'b', null] }, value: null, at: '2026-01-31T12:00:00Z' },
  ];
  const name = 'slowpath.kinds.Kinds/Put';
  for (const message of messages)
    assert.equal(
      reflected.method(name).encode(message).toString('hex'),
      read.method(name).encode(message).toString('hex'),
    );
  const everything = readFileSync(join(fixtures, 'everything.binpb'));
  assert.match(JSON.stringify(reflected.method(name).decode(everything)), /"an_int64":"-9223372036854775808"/);
  assert.throws(
    () => reflected.method(name).encode({ items: [{ part: { name: 5 } }] }),
    /field "items\[0\]\.part\.name": 5 is not text/,
  );
});

const rejects = (promise: Promise<unknown>, code: string, message: RegExp) =>
  assert.rejects(promise, { code, message });

test('a server without reflection: .proto files are asked for', async (t) => {
  const port = await echo(t, []);
  await rejects(
    reflectServices(address(port), never),
    'LOAD_FAILED',
    /localhost:\d+ failed: it has no server reflection; name its \.proto files/,
  );
});

test('nobody listens, and the reading is cancelled', async (t) => {
  const port = await echo(t, []);
  const { port: free, stop } = await startEcho();
  stop();
  await rejects(reflectServices(address(free), never), 'LOAD_FAILED', /UNAVAILABLE: .*ECONNREFUSED/);
  await rejects(reflectServices(address(port), AbortSignal.abort()), 'CANCELLED', /Cancelled/);
  const silent = await serveHttp2(t, (stream) => stream.resume());
  const cancel = new AbortController();
  const reading = reflectServices(address(silent), cancel.signal);
  setImmediate(() => cancel.abort());
  await rejects(reading, 'CANCELLED', /Cancelled/);
});

test('a server that describes itself wrongly', async (t) => {
  const answers = [
    Buffer.from('ffffffffff', 'hex'),
    // A list with one service, and for its file: no descriptor.
    Buffer.from('32050a030a0161', 'hex'),
    Buffer.from('22040a02ffff', 'hex'),
  ];
  let served = 0;
  const port = await serveHttp2(t, (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.on('data', () => stream.write(framed(answers[served++] ?? Buffer.alloc(0))));
  });
  await rejects(reflectServices(address(port), never), 'LOAD_FAILED', /reflection cannot be understood/);
  await rejects(reflectServices(address(port), never), 'LOAD_FAILED', /reflection cannot be understood/);
});
