import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onRequest, serveFrames, type Peer } from './http2RawServer.ts';
import { loadHttp2, serveHttp2 } from './http2Support.ts';
import { data, endStream, frame, headers, settings, Type, words, type Frame } from './http2Wire.ts';
import { eventually } from './support.ts';

const local = (port: number) => ({ endpoint: { address: '127.0.0.1', port } });
const answer = (peer: Peer, streamId: number): void => peer.send(headers(streamId, 0), data(streamId, endStream, 'ok'));

test('refused: every lane says so, none is lost', async (t) => {
  const loaded = loadHttp2(t, local(1), 3);
  await loaded.run(9, 3);
  assert.deepEqual(loaded.ends(), { ECONNREFUSED: 9 });
  assert.equal(loaded.pool.openLanes, 0);
});

test('a server that accepts and says nothing: ETIMEDOUT', async (t) => {
  const port = await serveFrames(t, () => undefined, { isSilent: true });
  const loaded = loadHttp2(t, { ...local(port), connectTimeoutUs: 200_000 }, 2);
  await loaded.run(2, 2);
  assert.deepEqual(loaded.ends(), { ETIMEDOUT: 2 });
});

test('goaway in the middle: what the server took is answered, the rest goes again on the next connection', async (t) => {
  const seen: number[] = [];
  const port = await serveFrames(
    t,
    onRequest((peer, streamId) => {
      seen[peer.number] = (seen[peer.number] ?? 0) + 1;
      if (peer.number > 0) answer(peer, streamId);
      else if (streamId === 19) {
        peer.send(frame(Type.goaway, 0, 0, words(9, 0)));
        for (let id = 1; id <= 9; id += 2) answer(peer, id);
      }
    }),
  );
  const loaded = loadHttp2(t, local(port), 10);
  await eventually('the lanes open', () => loaded.pool.openLanes === 10);
  await loaded.run(100, 10);
  assert.deepEqual(loaded.ends(), { 200: 100 });
  assert.deepEqual(seen, [10, 95]);
});

test('goaway again and again: a request is sent twice, then it has failed; with a reproach it fails at once', async (t) => {
  for (const [number, code, connections] of [
    [0, 'GOAWAY', 2],
    [11, 'GOAWAY_ENHANCE_YOUR_CALM', 1],
  ] as const) {
    const seen = new Set<number>();
    const port = await serveFrames(
      t,
      onRequest((peer) => {
        seen.add(peer.number);
        peer.send(frame(Type.goaway, 0, 0, words(0, number)));
      }),
    );
    const loaded = loadHttp2(t, local(port), 1);
    await loaded.run(1, 1);
    assert.deepEqual(loaded.ends(), { [code]: 1 });
    assert.equal(seen.size, connections);
  }
});

test('a server that takes leave after so many requests: nothing fails', async (t) => {
  const sessions = new Set<unknown>();
  const { port } = await serveHttp2(t, (stream) => {
    const { session } = stream;
    sessions.add(session);
    stream.respond({ ':status': 200 });
    stream.end('ok');
    if (session && Number(stream.id) >= 99) session.close();
  });
  const loaded = loadHttp2(t, local(port), 4);
  await loaded.run(400, 4);
  assert.deepEqual(loaded.ends(), { 200: 400 });
  assert.ok(sessions.size >= 7, String(sessions.size));
});

test('a storm of resets: each fails alone, the connection stays, the others are answered', async (t) => {
  const connections = new Set<number>();
  let requests = 0;
  const port = await serveFrames(
    t,
    onRequest((peer, streamId) => {
      connections.add(peer.number);
      if (++requests % 4 !== 0) answer(peer, streamId);
      // Answered in part, or not at all.
      else if (requests % 8 === 0) peer.send(headers(streamId, 0), frame(Type.reset, 0, streamId, words(2)));
      else peer.send(frame(Type.reset, 0, streamId, words(7)), frame(Type.reset, 0, streamId, words(7)));
    }),
  );
  const loaded = loadHttp2(t, local(port), 10);
  await loaded.run(400, 10);
  assert.deepEqual(loaded.ends(), { 200: 300, H2_INTERNAL_ERROR: 50, H2_REFUSED_STREAM: 50 });
  assert.equal(connections.size, 1);
});

test('closed by the server with requests under way: each fails once, idle lanes are opened again', async (t) => {
  for (const [how, code] of [
    [(peer: Peer) => peer.socket.end(), 'CLOSED'],
    [(peer: Peer) => peer.socket.resetAndDestroy(), 'ECONNRESET'],
    [(peer: Peer) => peer.send(frame(Type.push, 4, 1, '0000000288')), 'H2_PROTOCOL_ERROR'],
    [(peer: Peer) => peer.send(Buffer.alloc(50, 0xff)), 'H2_FRAME_SIZE_ERROR'],
    [(peer: Peer) => peer.send(frame(Type.headers, 4, 1, 'ff')), 'H2_COMPRESSION_ERROR'],
  ] as const) {
    const port = await serveFrames(
      t,
      onRequest((peer, streamId) => {
        if (peer.number > 0) answer(peer, streamId);
        // The fourth is answered in part.
        else if (streamId === 7) {
          peer.send(headers(7, 0), data(7, 0, 'o'));
          setTimeout(() => how(peer), 20);
        }
      }),
    );
    const loaded = loadHttp2(t, local(port), 6);
    await eventually('the lanes open', () => loaded.pool.openLanes === 6);
    await loaded.run(4, 4);
    assert.deepEqual(loaded.ends(), { [code]: 4 });
    await eventually('the lanes open again', () => loaded.pool.openLanes === 6);
    await loaded.run(12, 6);
    assert.deepEqual(loaded.ends(), { [code]: 4, 200: 12 });
  }
});

test('a half-closed server is taken at its word: no answer will come', async (t) => {
  const port = await serveFrames(
    t,
    onRequest((peer, streamId) => {
      if (peer.number === 0) peer.socket.end();
      else answer(peer, streamId);
    }),
    { allowHalfOpen: true },
  );
  const loaded = loadHttp2(t, local(port), 2);
  await loaded.run(10, 2);
  const { CLOSED: closed = 0, 200: ok = 0 } = loaded.ends();
  assert.ok(closed >= 1 && closed <= 2 && closed + ok === 10, JSON.stringify(loaded.ends()));
});

test('answers byte by byte, interleaved over streams, are answers', async (t) => {
  const port = await serveFrames(t, (peer, { type, streamId }) => {
    if (type !== Type.headers) return;
    const bytes = Buffer.concat([headers(streamId, 0), data(streamId, 0, 'slow'), data(streamId, endStream, 'ly')]);
    void (async () => {
      for (const byte of bytes) {
        peer.send(Uint8Array.of(byte));
        await new Promise((done) => setImmediate(done));
      }
    })();
  });
  const loaded = loadHttp2(t, { ...local(port), streamsPerConnection: 1 }, 3);
  await loaded.run(30, 3);
  assert.deepEqual(loaded.ends(), { 200: 30 });
});

test('too late: the stream is cancelled and its late answer lost, its neighbours and their connection stay', async (t) => {
  const resets: number[] = [];
  const held: number[] = [];
  const port = await serveFrames(t, (peer, { type, streamId, payload }: Frame) => {
    if (type === Type.reset) resets.push(streamId, payload.readUInt32BE());
    if (type !== Type.headers) return;
    if (streamId === 1) held.push(streamId);
    else answer(peer, streamId);
    // By then given up and its lane used again: must not be taken for the next answer.
    if (held.length > 0 && resets.length > 0) answer(peer, held.pop() ?? 0);
  });
  const loaded = loadHttp2(t, local(port), 2, [{}], { timeoutUs: 300_000 });
  await eventually('the lanes open', () => loaded.pool.openLanes === 2);
  await loaded.run(1, 1);
  assert.deepEqual(loaded.ends(), { timeout: 1 });
  await loaded.run(20, 2);
  assert.deepEqual(loaded.ends(), { timeout: 1, 200: 20 });
  assert.deepEqual(resets, [1, 8]);
  assert.equal(new Set(loaded.rows.map(({ localPort }) => localPort)).size, 1);
});

test('stopped with requests under way: they are cancelled, and the connection is closed', async (t) => {
  const frames: Frame[] = [];
  let closed = false;
  const port = await serveFrames(t, (peer, each) => {
    if (frames.length === 0) peer.socket.once('close', () => (closed = true));
    frames.push(each);
  });
  const loaded = loadHttp2(t, local(port), 3);
  await eventually('the lanes open', () => loaded.pool.openLanes === 3);
  for (let i = 0; i < 3; i++) loaded.pool.submit(0, 0, 0);
  await eventually('they arrive', () => frames.filter(({ type }) => type === Type.headers).length === 3);
  loaded.pool.stop();
  assert.deepEqual(loaded.ends(), { 'in flight': 3 });
  await eventually('the server hears of it', () => closed);
  assert.equal(frames.filter(({ type }) => type === Type.reset).length, 3);
  assert.equal(frames.at(-1)?.type, Type.goaway);
});

test('fewer streams than lanes: the rest waits its turn; and none at all for a while', async (t) => {
  let [now, most] = [0, 0];
  const { port } = await serveHttp2(
    t,
    (stream) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        stream.respond({ ':status': 200 }, { endStream: true });
      }, 2);
    },
    { settings: { maxConcurrentStreams: 3 } },
  );
  const loaded = loadHttp2(t, local(port), 10);
  await loaded.run(100, 10);
  assert.deepEqual(loaded.ends(), { 200: 100 });
  assert.equal(most, 3);

  const closedFor = await serveFrames(
    t,
    (peer, { type, streamId }) => {
      if (type === Type.settings && streamId === 0) {
        peer.send(settings([3, 0]));
        setTimeout(() => peer.send(settings([3, 5])), 50);
      } else if (type === Type.headers) answer(peer, streamId);
    },
    { isSilent: true },
  );
  const later = loadHttp2(t, local(closedFor), 4);
  await later.run(8, 4);
  assert.deepEqual(later.ends(), { 200: 8 });
});

for (const [name, serverSettings] of [
  ['tiny windows', { initialWindowSize: 1000 }],
  ['no table', { headerTableSize: 0 }],
  ['a small table', { headerTableSize: 100 }],
  ['a large table', { headerTableSize: 65_536 }],
] as const) {
  test(`uploads of 1 MB against a server with ${name}`, async (t) => {
    const body = 'x'.repeat(1_000_000);
    const sizes: number[] = [];
    const { port } = await serveHttp2(
      t,
      (stream, { path }) => {
        let size = 0;
        stream.on('data', (chunk: Buffer) => (size += chunk.length));
        stream.on('end', () => {
          sizes.push(size);
          stream.respond({ ':status': path === '/' ? 200 : 201, 'x-size': size }, { endStream: true });
        });
      },
      { settings: serverSettings },
    );
    const loaded = loadHttp2(t, local(port), 3, [{ method: 'PUT', path: '/a', body }]);
    await loaded.run(6, 3);
    assert.deepEqual(loaded.ends(), { 201: 6 });
    assert.deepEqual(
      sizes,
      Array.from({ length: 6 }, () => 1_000_000),
    );
  });
}

test('HEAD, 204, 304, interim answers, trailers, and downloads larger than every window', async (t) => {
  const large = Buffer.alloc(20 << 20, 0x61);
  const { port } = await serveHttp2(t, (stream, headers) => {
    switch (headers[':path']) {
      case '/head':
        stream.respond({ ':status': 200, 'content-length': 5 }, { endStream: true });
        break;
      case '/204':
      case '/304':
        stream.respond({ ':status': Number(headers[':path'].slice(1)) }, { endStream: true });
        break;
      case '/hints':
        stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
        stream.additionalHeaders({ ':status': 103 });
        stream.respond({ ':status': 200 });
        stream.end('ok');
        break;
      case '/trailers':
        stream.respond({ ':status': 200 }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1' }));
        stream.end('ok');
        break;
      default:
        stream.respond({ ':status': 200 });
        stream.end(large);
    }
  });
  const paths = ['/head', '/204', '/304', '/hints', '/trailers', '/large'];
  const loaded = loadHttp2(
    t,
    local(port),
    5,
    paths.map((path) => ({ path, method: path === '/head' ? 'HEAD' : 'GET' })),
  );
  // Node's server refuses further requests while it holds more than 10 MB: the large ones go one by one.
  for (const [endpoint, path] of paths.entries()) await loaded.run(5, path === '/large' ? 1 : 5, endpoint);
  assert.deepEqual(loaded.ends(), { 200: 20, 204: 5, 304: 5 });
  assert.ok(loaded.rows.slice(-5).every(({ bytes }) => bytes > large.length));
});

test('a flood that never ends does not keep us busy: the connection is given up', async (t) => {
  const ping = Buffer.concat(Array.from({ length: 2000 }, () => frame(Type.ping, 0, 0, '0000000000000000')));
  const port = await serveFrames(
    t,
    onRequest((peer) => {
      // The loop turns between two bursts: both sides live on this thread, and one that only writes would never let the other read.
      const flood = (): void => {
        if (peer.socket.writable) peer.socket.write(ping, () => setImmediate(flood));
      };
      flood();
    }),
  );
  const loaded = loadHttp2(t, local(port), 1);
  await loaded.run(1, 1);
  assert.deepEqual(loaded.ends(), { H2_ENHANCE_YOUR_CALM: 1 });
});
