import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readPlan } from '../../../src/plan/read.ts';
import { resolveScenario } from '../../../src/plan/resolve.ts';
import type { Load } from '../../../src/plan/scenario.ts';
import { faultsOf, rejectionOf } from './expect.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowpath-plan-'));
  for (const name of ['ca.pem', 'users.csv', 'shop.proto']) await writeFile(join(folder, name), 'x');
});
after(() => rm(folder, { recursive: true, force: true }));

const arrivals = '"arrivals": { "model": "constant", "rate": 5 }';
const planOf = (members: string): string => `{ "scenarios": { "a": { "load": {\n${members} } } } }`;

async function loadOf(members: string, confirmRemote = false): Promise<Load> {
  const file = join(folder, 'slowpath.jsonc');
  const text = planOf(members.includes('"arrivals"') ? members : `${members}, ${arrivals}`);
  return (await resolveScenario(readPlan(text, file), { file, workspaceFolder: folder, env: {}, confirmRemote })).load;
}

void describe('each protocol in the plan', () => {
  test('HTTPS with certificates, checks and data', async () => {
    const load = await loadOf(
      '"url": "https://127.0.0.1:8443/v1", "tls": { "ca": "ca.pem", "serverName": "api.example" }, "data": { "users": "users.csv" }, "requests": [{ "path": "/{{users.id}}", "check": { "status": 201, "body": "ok" } }]',
    );
    assert.deepEqual(load.tls, {
      ca: join(folder, 'ca.pem'),
      cert: null,
      key: null,
      serverName: 'api.example',
      verify: true,
    });
    assert.deepEqual(load.data, { users: join(folder, 'users.csv') });
    assert.deepEqual(
      [load.url, load.traceparent, load.requests[0]?.path],
      ['https://127.0.0.1:8443', true, '/v1/{{users.id}}'],
    );
    assert.deepEqual(load.requests[0]?.check, {
      status: [201],
      bodyHolds: 'ok',
      bodyMatches: null,
      headers: {},
      echo: false,
    });
  });

  test('HTTP/2 has streams on few connections, and enough of both for a closed loop', async () => {
    const open = await loadOf('"protocol": "http2", "url": "http://127.0.0.1:1", "streams": 10');
    assert.deepEqual([open.connections, open.streams], [1, 10]);
    const closed = await loadOf(
      '"protocol": "http2", "url": "http://127.0.0.1:1", "streams": 10, "arrivals": { "model": "closed", "concurrency": 25 }',
    );
    assert.equal(closed.connections, 3);
  });

  test('a framing that is none is told by the keys there are, not by its other form', async () => {
    const tcp = (framing: string): Promise<unknown> =>
      loadOf(`"protocol": "tcp", "url": "tcp://127.0.0.1:7", "framing": ${framing}, "requests": [{ "payload": "x" }]`);
    await assert.rejects(tcp('{ "fixed": 64 }'), /the key "delimiter" is missing; write "delimiter": "\\n"/);
    await assert.rejects(tcp('{ "siz": 64 }'), /the key "siz" is unknown here/);
    await assert.rejects(tcp('"clos"'), /"clos" is unknown here; write "close"/);
  });

  for (const [protocol, scheme, what] of [
    ['http', 'http', ''],
    ['http', 'https', ''],
    ['http2', 'http', ''],
    ['http2', 'https', ''],
    ['grpc', 'grpc', ', "requests": [{ "call": "shop.Orders/Create" }]'],
    ['grpc', 'grpcs', ', "requests": [{ "call": "shop.Orders/Create" }]'],
    ['tcp', 'tcp', ', "requests": [{ "payload": "x" }]'],
    ['tcp', 'tls', ', "requests": [{ "payload": "x" }]'],
    ['udp', 'udp', ', "requests": [{ "payload": "x" }]'],
    ['websocket', 'ws', ', "requests": [{ "payload": "x" }]'],
    ['websocket', 'wss', ', "requests": [{ "payload": "x" }]'],
  ] as const) {
    test(`${protocol}, ${scheme}: another machine takes the plan's word and the person's`, async () => {
      const plan = `"protocol": "${protocol}", "url": "${scheme}://192.0.2.1:99"${what}`;
      const allowed = `${plan}, "allowRemote": true`;
      const refused = { code: 'PLAN_REMOTE_REFUSED' };
      await assert.rejects(loadOf(plan), refused);
      await assert.rejects(loadOf(plan, true), refused);
      await assert.rejects(loadOf(allowed), refused);
      assert.match((await loadOf(allowed, true)).url, /192\.0\.2\.1:99/);
    });
  }

  test('over a Unix socket the host is a name only: it need not be known, and is no other machine', async () => {
    const load = await loadOf('"url": "http://shop.invalid", "socket": "run/api.sock"');
    assert.deepEqual([load.url, load.socket], ['http://shop.invalid', join(folder, 'run/api.sock')]);
    assert.equal((await loadOf('"url": "http://192.0.2.1", "socket": "api.sock"')).url, 'http://192.0.2.1');
  });

  test('one generator process, unless the plan wants more', async () => {
    assert.equal((await loadOf('"url": "http://127.0.0.1:1"')).processes, 1);
    assert.equal((await loadOf('"url": "http://127.0.0.1:1", "processes": 4')).processes, 4);
    await assert.rejects(
      loadOf('"url": "http://127.0.0.1:1", "connections": 3, "processes": 4'),
      /4 processes are more than there are connections \(3\); write 3, or raise their number/,
    );
    await assert.rejects(
      loadOf(
        '"url": "http://127.0.0.1:1", "connections": 8, "processes": 4, "arrivals": { "model": "closed", "concurrency": 2 }',
      ),
      /4 processes are more than there are clients \(2\); write 2/,
    );
  });

  test('gRPC: the call becomes a path, messages a list', async () => {
    const load = await loadOf(
      '"protocol": "grpc", "url": "grpc://127.0.0.1:50051", "grpc": { "proto": ["shop.proto"], "deadline": "250ms" }, "requests": [{ "call": "shop.Orders/Create", "message": { "sku": "a{{counter}}" }, "metadata": { "x-a": "b" } }, { "call": "shop.Orders/Watch", "messages": [1, 2] }]',
    );
    assert.equal(load.url, 'grpc://127.0.0.1:50051');
    assert.deepEqual(load.grpc, {
      proto: [join(folder, 'shop.proto')],
      includeDirs: [],
      client: 'lean',
      deadlineUs: 250_000,
    });
    const [first, second] = load.requests;
    assert.deepEqual(
      [first?.name, first?.path, first?.body, first?.headers],
      ['shop.Orders/Create', '/shop.Orders/Create', '[{"sku":"a{{counter}}"}]', { 'x-a': 'b' }],
    );
    assert.equal(second?.body, '[1,2]');
  });

  test('TCP, UDP and WebSocket send payloads', async () => {
    const tcp = await loadOf(
      '"protocol": "tcp", "url": "tcp://localhost:7", "framing": { "lengthBytes": 4 }, "requests": [{ "payload": { "hex": "00 ff" }, "check": { "echo": true } }, { "payload": { "size": 64 } }]',
    );
    assert.deepEqual(tcp.framing, { kind: 'length', bytes: 4, endian: 'big', includesItself: false });
    assert.deepEqual(
      tcp.requests.map(({ name, body, bodyEncoding }) => [name, body, bodyEncoding]),
      [
        ['request 1', 'AP8=', 'base64'],
        ['request 2', '64', 'random'],
      ],
    );
    const udp = await loadOf(
      '"protocol": "udp", "url": "udp://127.0.0.1:7", "sequence": "header", "requests": [{ "payload": "x" }]',
    );
    assert.deepEqual([udp.sequence, udp.framing, udp.url], ['header', null, 'udp://127.0.0.1:7']);
    const ws = await loadOf(
      '"protocol": "websocket", "url": "ws://127.0.0.1:7/chat?x=1", "webSocket": { "subprotocol": "v1" }, "requests": [{ "payload": "x" }]',
    );
    assert.deepEqual(ws.webSocket, { headers: {}, subprotocol: 'v1', unasked: 'ignore' });
    assert.equal(ws.url, 'ws://127.0.0.1:7/chat?x=1');
  });

  test('steps and ramps', async () => {
    const step = await loadOf(
      '"url": "http://127.0.0.1:1", "duration": "9s", "arrivals": { "model": "step", "rates": [100, "1k/s", 50] }',
    );
    assert.deepEqual(step.arrivals, {
      model: 'step',
      ratesPerSecond: [100, 1000, 50],
      holdUs: 3e6,
      spacing: 'poisson',
      seed: 1,
    });
    const ramp = await loadOf(
      '"url": "http://127.0.0.1:1", "arrivals": { "model": "ramp", "from": 10, "to": 20, "spacing": "constant" }',
    );
    assert.deepEqual(ramp.arrivals, {
      model: 'ramp',
      fromPerSecond: 10,
      toPerSecond: 20,
      spacing: 'constant',
      seed: 1,
    });
  });
});

void describe('what does not go together', () => {
  for (const [members, fault] of [
    [
      '"url": "http://127.0.0.1:1", "streams": 3',
      '"streams" belongs to http2, grpc, and this load speaks http; leave it out, or write "protocol": "http2"',
    ],
    ['"url": "http://127.0.0.1:1", "tls": {}', '"tls" needs an address that speaks it, not "http:"'],
    ['"protocol": "tcp", "url": "tcp://127.0.0.1:1"', 'tcp has no request to fall back on'],
    [
      '"protocol": "tcp", "url": "tcp://127.0.0.1:1", "requests": [{ "path": "/" }, { "payload": "x" }]',
      '"path" belongs to http, http2',
    ],
    [
      '"protocol": "grpc", "url": "http://127.0.0.1:1", "requests": [{ "call": "Create" }]',
      '"Create" is not a gRPC method',
    ],
    ['"url": "http://127.0.0.1:1", "requests": [{ "name": "x" }]', 'the request says nothing to send; write "path"'],
    [
      '"url": "http://127.0.0.1:1", "requests": [{ "path": "/{{couter}}" }]',
      '"{{couter}}" is not a template; write "{{counter}}"',
    ],
    [
      '"url": "http://127.0.0.1:1", "requests": [{ "path": "/", "check": { "bodyMatches": "(" } }]',
      'no regular expression',
    ],
    [
      '"protocol": "grpc", "url": "http://127.0.0.1:1", "requests": [{ "call": "a.B/C", "message": {}, "messages": [1] }]',
      'either one "message" or a list',
    ],
  ] as const) {
    test(fault, () => {
      const faults = faultsOf(planOf(`${members}, ${arrivals}`));
      assert.ok(
        faults.some((each) => each.includes(fault)),
        faults.join('\n'),
      );
    });
  }

  for (const [members, fault] of [
    ['"protocol": "tcp", "url": "tcp://127.0.0.1", "requests": [{ "payload": "x" }]', 'the address has no port'],
    ['"protocol": "udp", "url": "udp://127.0.0.1:7/x", "requests": [{ "payload": "x" }]', 'a udp address has no path'],
    ['"protocol": "udp", "url": "http://127.0.0.1:7", "requests": [{ "payload": "x" }]', 'write "udp://127.0.0.1:7"'],
    ['"url": "https://127.0.0.1:1", "tls": { "ca": "none.pem" }', 'there is no file'],
    ['"url": "https://127.0.0.1:1", "tls": { "ca": "../ca.pem" }', 'lies outside the workspace'],
    ['"url": "https://127.0.0.1:1", "tls": { "cert": "ca.pem" }', 'a client certificate needs its key'],
    ['"protocol": "tcp", "url": "tcp://127.0.0.1:1", "requests": [{ "payload": { "hex": "0" } }]', 'is not hex'],
  ] as const) {
    test(fault, async () => {
      const message = await rejectionOf('PLAN_INVALID', () => loadOf(members));
      assert.match(message, /^slowpath\.jsonc:2:\d+: |slowpath\.jsonc:2:\d+: /);
      assert.ok(message.includes(fault), message);
    });
  }
});
