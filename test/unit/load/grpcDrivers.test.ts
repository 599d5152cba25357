import assert from 'node:assert/strict';
import { ServerCredentials } from '@grpc/grpc-js';
import type { ConnectionOptions } from 'node:tls';
import test, { before, type TestContext } from 'node:test';
import { startEcho } from '../../fixtures/services/grpc/echo.mjs';
import { fromPerformanceMs } from '../../../src/load/clock.ts';
import type { Driver } from '../../../src/load/drivers/driver.ts';
import { newGrpcJsDriver } from '../../../src/load/drivers/grpc/grpcJs.ts';
import { newGrpcDriver } from '../../../src/load/drivers/grpc/lean.ts';
import type { Services } from '../../../src/load/drivers/grpc/methods.ts';
import type { GrpcOptions, PreparedCall } from '../../../src/load/drivers/grpc/options.ts';
import { address, call, echoServices, framed, judging, options, serveHttp2, spawnEcho } from './grpcSupport.ts';
import { certificate, key, LaneByHand } from './lanes.ts';
import { eventually } from './support.ts';

let services: Services;
before(async () => {
  services = await echoServices();
});

const drivers: readonly (readonly [string, (options: GrpcOptions) => Driver])[] = [
  ['grpc-js', newGrpcJsDriver],
  ['lean', newGrpcDriver],
];

async function echo(t: TestContext) {
  const started = await startEcho();
  t.after(() => started.stop());
  return started;
}

/** A lane that is ready. */
async function ready(t: TestContext, driver: Driver, ordinal = 0): Promise<LaneByHand> {
  const lane = new LaneByHand(t, driver, ordinal);
  assert.deepEqual(await lane.next(), { kind: 'ready' });
  return lane;
}

/** Status of each answer. */
async function statuses(t: TestContext, driver: Driver, endpoints: number): Promise<number[]> {
  const lane = await ready(t, driver);
  const all: number[] = [];
  for (let endpoint = 0; endpoint < endpoints; endpoint++) {
    const heard = await lane.ask(endpoint);
    assert.ok(heard.kind === 'answer', JSON.stringify(heard));
    assert.equal(heard.good, heard.status === 0);
    all.push(heard.status);
  }
  return all;
}

const say = (message: object = {}): PreparedCall => call(services, 'Say', [message]);

for (const [name, newDriver] of drivers) {
  test(`${name}: each kind of call, and each of its messages arrives`, async (t) => {
    const { port, state } = await echo(t);
    const payload = Buffer.from('hello').toString('base64');
    const calls = [
      call(services, 'Say', [{ payload }]),
      call(services, 'Count', [{ payload, count: 5 }]),
      call(services, 'Collect', [{ payload }, { payload }, { payload }]),
      call(services, 'Chat', [{ payload }, { payload }]),
    ];
    const lane = await ready(t, newDriver(options(port, calls)));
    const asks = [1, 5, 1, 2];
    for (const [endpoint, expected] of asks.entries()) {
      const before = state.asks;
      const heard = await lane.ask(endpoint);
      assert.ok(heard.kind === 'answer' && heard.good && heard.status === 0 && heard.reusable, JSON.stringify(heard));
      assert.equal(state.asks - before, expected);
      // Each answer has at least the payload, its field's head and the frame's.
      assert.ok(heard.bytes >= expected * (5 + 2 + 5), `${heard.bytes} bytes`);
      assert.ok(heard.firstByteUs <= heard.doneUs);
    }
    assert.equal(state.calls, 4);
  });

  test(`${name}: a bidirectional call waits for each answer before it goes on`, async (t) => {
    const { port } = await echo(t);
    const pause = { delay_ms: 20 };
    const lane = await ready(t, newDriver(options(port, [call(services, 'Chat', [pause, pause, pause])])));
    const startMs = performance.now();
    const heard = await lane.ask();
    assert.ok(heard.kind === 'answer' && heard.good);
    // Timers may fire up to a millisecond early.
    assert.ok(performance.now() - startMs >= 57);
  });

  test(`${name}: the first byte comes before the last of a stream`, async (t) => {
    const { port, state } = await echo(t);
    const lane = await ready(t, newDriver(options(port, [call(services, 'Count', [{ count: 4, delay_ms: 20 }])])));
    const heard = await lane.ask();
    assert.ok(heard.kind === 'answer');
    // Each message waits for a timer of its own, and between two of those the event loop hands out what came.
    const lastWrittenUs = fromPerformanceMs(state.writtenMs);
    assert.ok(
      heard.firstByteUs < lastWrittenUs && lastWrittenUs < heard.doneUs,
      `${JSON.stringify(heard)}, ${lastWrittenUs}`,
    );
  });

  test(`${name}: every status is told as the server gave it`, async (t) => {
    const { port } = await echo(t);
    const codes = Array.from({ length: 16 }, (_, index) => index + 1);
    const calls = [say(), ...codes.map((code) => say({ code })), call(services, 'Count', [{ count: 2, code: 9 }])];
    assert.deepEqual(await statuses(t, newDriver(options(port, calls)), calls.length), [0, ...codes, 9]);
  });

  test(`${name}: an error after some messages, and a stream without any`, async (t) => {
    const { port } = await echo(t);
    const calls = [call(services, 'Chat', [{}, {}, { code: 10 }]), call(services, 'Count', [{ count: 0 }])];
    assert.deepEqual(await statuses(t, newDriver(options(port, calls)), calls.length), [10, 0]);
  });

  test(`${name}: metadata, the trace's context and the authority arrive`, async (t) => {
    const { port, state } = await echo(t);
    const metadata = [
      ['x-shop', 'north'],
      ['x-shop', 'south'],
      ['x-trace-bin', Buffer.from([0, 255, 7])],
    ] as const;
    const traceparent = (sequence: number) => `00-${'ab'.repeat(16)}-${sequence.toString(16).padStart(16, '0')}-01`;
    const driver = newDriver(options(port, [call(services, 'Say', [{}], metadata)], { traceparent }));
    const lane = await ready(t, driver);
    await lane.ask(0, 255);
    await lane.ask(0, 256);
    const [first, second] = state.metadata;
    assert.equal(first?.['traceparent'], `00-${'ab'.repeat(16)}-00000000000000ff-01`);
    assert.equal(second?.['traceparent'], `00-${'ab'.repeat(16)}-0000000000000100-01`);
    assert.match(String(first['x-shop']), /^north(, ?south)?$/);
    assert.deepEqual(first['x-trace-bin'], Buffer.from([0, 255, 7]));
  });

  test(`${name}: a call past its deadline is DEADLINE_EXCEEDED, and the lane goes on`, async (t) => {
    const { port } = await echo(t);
    const calls = [say({ delay_ms: 30_000 }), say()];
    const driver = newDriver(options(port, calls, { deadlineUs: 100_000 }));
    assert.deepEqual(await statuses(t, driver, 1), [4]);
    const relaxed = newDriver(options(port, calls, { deadlineUs: 30e6 }));
    const lane = await ready(t, relaxed);
    const heard = await lane.ask(1);
    assert.ok(heard.kind === 'answer' && heard.status === 0);
  });

  test(`${name}: big messages both ways, and one that is too big`, async (t) => {
    const { port } = await echo(t);
    const payload = Buffer.alloc(3_000_000, 'p').toString('base64');
    const calls = [say({ payload }), say({ size: 3_500_000 }), say({ size: 5_000_000 }), say()];
    const lane = await ready(t, newDriver(options(port, calls)));
    const heard = [await lane.ask(0), await lane.ask(1), await lane.ask(2)];
    assert.deepEqual(
      heard.map((each) => each.kind === 'answer' && each.status),
      [0, 0, 8],
    );
    assert.ok(heard[0]?.kind === 'answer' && heard[0].bytes > 3_000_000);
    const after = await lane.ask(3);
    assert.ok(after.kind === 'answer' && after.status === 0);
  });

  test(`${name}: many calls at a time on few connections`, async (t) => {
    const { port, state } = await echo(t);
    const driver = newDriver(options(port, [say({ payload: 'YWJj' })], { streamsPerChannel: 8 }));
    assert.equal(driver.lanesPerConnection, 8);
    const lanes = await Promise.all(Array.from({ length: 16 }, (_, ordinal) => ready(t, driver, ordinal)));
    for (let round = 0; round < 20; round++) {
      const heard = await Promise.all(lanes.map((lane) => lane.ask()));
      assert.ok(heard.every((each) => each.kind === 'answer' && each.good));
    }
    assert.equal(state.calls, 320);
  });

  test(`${name}: nobody listens: ECONNREFUSED`, async (t) => {
    const { port, stop } = await startEcho();
    stop();
    const lane = new LaneByHand(t, newDriver(options(port, [say()])));
    assert.deepEqual(await lane.next(), { kind: 'down', code: 'ECONNREFUSED' });
  });

  test(`${name}: a server that dies takes its lanes down, and is found again`, async (t) => {
    const { child, port } = await spawnEcho(t);
    const driver = newDriver(options(port, [say({ delay_ms: 60_000 }), say()]));
    const [busy, idle] = [await ready(t, driver, 0), await ready(t, driver, 1)];
    busy.lane.send(0, 1);
    // The other lane's answer: the first call has arrived as well.
    assert.equal((await idle.ask(1)).kind, 'answer');
    child.kill('SIGKILL');
    for (const lane of [busy, idle]) {
      const heard = await lane.next();
      assert.ok(heard.kind === 'down', JSON.stringify(heard));
      assert.match(heard.code, /^(CLOSED|ECONNRESET)$/);
    }
    await spawnEcho(t, port);
    const again = await (await ready(t, driver, 2)).ask(1);
    assert.ok(again.kind === 'answer' && again.good);
  });

  test(`${name}: a call that is given up is cancelled at the server, and its answer goes to nobody`, async (t) => {
    const { port, state } = await echo(t);
    const driver = newDriver(options(port, [say({ delay_ms: 60_000 }), say()]));
    const first = await ready(t, driver);
    first.lane.send(0, 1);
    await eventually('the call arrives', () => state.calls === 1);
    first.lane.destroy();
    await eventually('the server hears of it', () => state.ended === 1);
    const second = await ready(t, driver);
    const heard = await second.ask(1);
    assert.ok(heard.kind === 'answer' && heard.good);
    assert.equal(first.unheard + second.unheard, 0);
  });

  test(`${name}: answers that are none`, async (t) => {
    const message = framed(Buffer.from('0a0161', 'hex'));
    const head = { ':status': 200, 'content-type': 'application/grpc' };
    const trailers = { 'grpc-status': '0' };
    type Stream = Parameters<Parameters<typeof serveHttp2>[1]>[0];
    const answer = (stream: Stream, headers: object, body: Buffer, last: Record<string, string> | null): void => {
      stream.respond({ ...headers }, { waitForTrailers: true });
      stream.on('wantTrailers', () => (last ? stream.sendTrailers(last) : stream.close()));
      stream.end(body);
    };
    const wrong: readonly (readonly [string, (stream: Stream) => void, readonly number[]])[] = [
      ['a good one', (stream) => answer(stream, head, message, trailers), [0]],
      ['no trailers', (stream) => answer(stream, head, message, null), [13]],
      ['503 from a proxy', (stream) => (stream.respond({ ':status': 503 }), stream.end('<html>')), [14]],
      ['404 from a web server', (stream) => (stream.respond({ ':status': 404 }), stream.end()), [12]],
      [
        'trailers only',
        (stream) => stream.respond({ ...head, 'grpc-status': '7', 'grpc-message': 'no%20entry' }, { endStream: true }),
        [7],
      ],
      ['no message', (stream) => answer(stream, head, Buffer.alloc(0), trailers), [12, 13]],
      ['two messages', (stream) => answer(stream, head, Buffer.concat([message, message]), trailers), [12, 13]],
      ['RST_STREAM, refused', (stream) => stream.close(7), [14]],
      ['RST_STREAM, internal error', (stream) => stream.close(2), [13]],
      ['RST_STREAM, too much', (stream) => stream.close(11), [8]],
      ['half a message', (stream) => answer(stream, head, message.subarray(0, 6), trailers), [12, 13]],
      ['a status that is no number', (stream) => answer(stream, head, message, { 'grpc-status': 'x' }), [2]],
    ];
    const port = await serveHttp2(t, (stream, calls) => {
      stream.resume();
      wrong[(calls - 1) % wrong.length]?.[1](stream);
    });
    const lane = await ready(t, newDriver(options(port, [{ ...say(), path: '/a.B/C' }])));
    for (const [what, , expected] of wrong) {
      const heard = await lane.ask();
      assert.ok(heard.kind === 'answer' && expected.includes(heard.status), `${what}: ${JSON.stringify(heard)}`);
    }
  });

  test(`${name}: a storm of resets is a storm of failed calls, each of them counted`, async (t) => {
    const port = await serveHttp2(t, (stream) => stream.close(2));
    const lane = await ready(t, newDriver(options(port, [say()])));
    for (let i = 0; i < 300; i++) {
      const heard = await lane.ask();
      assert.ok(heard.kind === 'answer' && heard.status === 13 && heard.reusable);
    }
  });

  test(`${name}: GOAWAY: the call under way is answered, the next one takes another connection`, async (t) => {
    let sessions = 0;
    const message = framed(Buffer.alloc(0));
    const port = await serveHttp2(t, (stream, calls) => {
      const { session } = stream;
      if (!session) return;
      if (calls % 2 === 1) sessions++;
      if (calls === 1) session.goaway(0);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(message);
    });
    const driver = newDriver(options(port, [say()]));
    const lane = await ready(t, driver);
    const heard = await lane.ask();
    assert.ok(heard.kind === 'answer' && heard.good, JSON.stringify(heard));
    if (heard.reusable) {
      // Nothing was known of the goodbye yet: then it comes now.
      const next = await lane.next();
      assert.equal(next.kind, 'down');
    }
    const again = await (await ready(t, driver, 1)).ask();
    assert.ok(again.kind === 'answer' && again.good && sessions === 1);
  });
}

test('both drivers hear the same: messages, statuses, reasons', async (t) => {
  const { port } = await echo(t);
  const payload = Buffer.alloc(70_000, 'ab').toString('base64');
  const calls = [
    say({ payload }),
    say({ code: 5 }),
    call(services, 'Say', [{ metadata_key: 'x-key' }], [['x-key', 'a value']]),
    call(services, 'Count', [{ payload: 'YWJj', count: 40, rounds: 5 }]),
    call(services, 'Count', [{ code: 16 }]),
    call(services, 'Collect', [{ payload: 'YQ==' }, { payload: 'Yg==' }, { payload }]),
    call(services, 'Collect', [{ code: 3 }]),
    call(services, 'Chat', [{ payload: 'YQ==' }, { size: 100_000 }, {}]),
    call(services, 'Chat', [{ payload: 'YQ==' }, { code: 10 }, {}]),
  ];
  const hear = async (newDriver: (options: GrpcOptions) => Driver) => {
    const messages: string[] = [];
    const reasons: unknown[] = [];
    const checked = calls.map((each) => ({
      ...each,
      newJudge: judging((message) => messages.push(message.toString('hex')) > 0),
    }));
    const onFailure = (...reason: unknown[]) => reasons.push(reason);
    const all = await statuses(t, newDriver(options(port, checked, { onFailure })), calls.length);
    return { messages, reasons, all };
  };
  const [theirs, ours] = [await hear(newGrpcJsDriver), await hear(newGrpcDriver)];
  assert.deepEqual(ours, theirs);
  assert.deepEqual(ours.all, [0, 5, 0, 0, 16, 0, 3, 0, 10]);
  assert.deepEqual(ours.reasons[0], [1, 5, 'as asked: 100 % ä']);
  assert.equal(ours.messages.length, 1 + 1 + 40 + 1 + 3 + 1);
});

for (const [name, newDriver] of drivers) {
  test(`${name}: an answer that a check refuses is no success, though its status is OK`, async (t) => {
    const { port } = await echo(t);
    const lane = await ready(t, newDriver(options(port, [{ ...say(), newJudge: judging(() => false) }])));
    const heard = await lane.ask();
    assert.ok(heard.kind === 'answer' && !heard.good && heard.status === 0);
  });

  test(`${name}: TLS: a certificate that is vouched for, one that is not, and one asked of the client`, async (t) => {
    const own = { private_key: key, cert_chain: certificate };
    const open = await startEcho({ credentials: ServerCredentials.createSsl(null, [own], false) });
    const closed = await startEcho({ credentials: ServerCredentials.createSsl(certificate, [own], true) });
    t.after(() => open.stop());
    t.after(() => closed.stop());
    const tls = { servername: 'localhost', ca: certificate };
    const connect = async (port: number, given: ConnectionOptions) => {
      const target = address(port, given);
      const lane = new LaneByHand(t, newDriver(options(port, [say()], { target })));
      const first = await lane.next();
      if (first.kind !== 'ready') return first;
      return lane.ask();
    };
    const succeeds = async (port: number, given: ConnectionOptions) => {
      const heard = await connect(port, given);
      assert.ok(heard.kind === 'answer' && heard.good, JSON.stringify(heard));
    };
    const fails = async (port: number, given: ConnectionOptions) => {
      const heard = await connect(port, given);
      assert.equal(heard.kind, 'down', JSON.stringify(heard));
    };
    await succeeds(open.port, tls);
    await succeeds(open.port, { servername: 'localhost', rejectUnauthorized: false });
    await fails(open.port, { servername: 'localhost' });
    await fails(open.port, { ...tls, servername: 'elsewhere' });
    await succeeds(closed.port, { ...tls, cert: certificate, key });
    await fails(closed.port, tls);
  });
}

test('lean: an answer of another kind is UNKNOWN, a compressed one takes its lane down', async (t) => {
  const message = framed(Buffer.alloc(0));
  const port = await serveHttp2(t, (stream, calls) => {
    stream.resume();
    const type = calls === 1 ? 'text/html' : 'application/grpc+proto';
    stream.respond({ ':status': 200, 'content-type': type }, { waitForTrailers: true });
    stream.on('wantTrailers', () => (calls === 1 ? stream.close() : stream.sendTrailers({ 'grpc-status': '0' })));
    stream.end(calls === 2 ? framed(Buffer.from('zipped'), 1) : message);
  });
  const lane = await ready(t, newGrpcDriver(options(port, [say()])));
  const first = await lane.ask();
  assert.ok(first.kind === 'answer' && first.status === 2, JSON.stringify(first));
  assert.deepEqual(await lane.ask(), { kind: 'down', code: 'GRPC_COMPRESSED' });
  const driver = newGrpcDriver(options(port, [say()]));
  const third = await (await ready(t, driver)).ask();
  assert.ok(third.kind === 'answer' && third.good);
});

test('lean: deadlines are told to the server, end each call by itself, and leave the others', async (t) => {
  const { port, state } = await echo(t);
  const calls = [call(services, 'Say', [{ delay_ms: 60_000 }]), say()];
  const driver = newGrpcDriver(options(port, calls, { deadlineUs: 150_000 }));
  const lanes = await Promise.all([0, 1, 2].map((ordinal) => ready(t, driver, ordinal)));
  const [slow, next, fast] = lanes;
  assert.ok(slow && next && fast);
  slow.lane.send(0, 1);
  const quick = await fast.ask(1);
  next.lane.send(0, 2);
  assert.ok(quick.kind === 'answer' && quick.good);
  for (const lane of [slow, next]) {
    const heard = await lane.next();
    assert.ok(heard.kind === 'answer' && heard.status === 4);
    const after = await lane.ask(1);
    assert.ok(after.kind === 'answer' && after.good);
  }
  await eventually('the server has given up too', () => state.ended === state.calls);
});
