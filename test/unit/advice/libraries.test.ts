/** The same faults as a person meets them: behind a framework, in a library, handed over as a callback, or spelled another way. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advise } from '../../../src/advice/advise.ts';
import { evidenceOf, server, validVerdict, type Job, type Story } from './builder.ts';

/** Rule, file without its folder, line and function of each finding, in order. */
function told(story: Story): string[] {
  return advise(evidenceOf(story)).map(
    ({ rule, file, line, evidence }) =>
      `${rule} ${file?.slice(file.lastIndexOf('/') + 1) ?? '-'}:${line ?? 0} ${String(evidence['function'] ?? '')}`,
  );
}

const modules = '/srv/app/node_modules';
const blocking = (stack: readonly string[], lines: readonly number[] = []): readonly Job[] => [
  { everyUs: 300_000, us: 25_000, stack, lines },
];
const numbered = (lines: Readonly<Record<number, string>>): string =>
  Array.from({ length: 40 }, (_, index) => lines[index + 1] ?? '').join('\n');

describe('a framework', () => {
  const response = `${modules}/express/lib/response.js`;
  const serialised = numbered({
    10: 'res.json = function json(obj) {',
    12: '  return this.send(stringify(obj));',
    13: '};',
    20: 'function stringify (value) {',
    22: '  return JSON.stringify(value);',
    23: '}',
  });

  test('serialises what a handler answers: it is told where the handler asks for it', () => {
    const stack = [`list@${server}:5:14`, `json@${response}:10:25`, `stringify@${response}:20:20`];
    const handler = numbered({ 5: 'function list(req, res) {', 6: '  audit(req);', 7: '  res.json(items);', 8: '}' });
    assert.deepEqual(told({ jobs: blocking(stack, [22]), sources: { [server]: handler, [response]: serialised } }), [
      'NODE03 server.js:7 list',
    ]);
  });

  test('parses a body before any code of the person’s own runs: the package is named', () => {
    const parser = `${modules}/body-parser/lib/types/json.js`;
    const sources = { [parser]: numbered({ 20: 'function parse (body) {', 24: '  return JSON.parse(body)', 25: '}' }) };
    const stack = [`onEnd@${modules}/raw-body/index.js:9:1`, `parse@${parser}:20:16`];
    const story = { jobs: blocking(stack, [24]), sources };
    assert.deepEqual(told(story), ['NODE03 json.js:24 parse']);
    assert.match(advise(evidenceOf(story))[0]?.title ?? '', /^JSON\.parse in parse of body-parser takes/);
  });
});

test('a library that works on its own, in a timer say, is named with its package', () => {
  const story = { jobs: blocking([`checkData@${modules}/@cache/memory/index.js:20:1`], [24]) };
  assert.deepEqual(told(story), ['NODE02 index.js:24 checkData']);
  assert.match(advise(evidenceOf(story))[0]?.title ?? '', /^checkData of @cache\/memory blocks the event loop/);
});

test('a framework that every request passes through is not blamed for being busy', () => {
  const busy = { everyUs: 40_000, us: 9000, stack: [`handle@${modules}/express/lib/application.js:150:16`] };
  const rare = { everyUs: 1e6, us: 200_000, stack: ['native'] };
  assert.deepEqual(told({ jobs: [busy, rare] }), []);
  const own = { ...busy, stack: [`refresh@${server}:20:16`], lines: [22] };
  assert.deepEqual(told({ jobs: [own, rare] }), ['NODE02 server.js:22 refresh']);
});

test('a library’s work for a handler is told where the handler calls it', () => {
  const stack = [
    `page@${server}:5:14`,
    `render@${modules}/ejs/lib/ejs.js:9:1`,
    `compiled@${modules}/ejs/lib/ejs.js:30:1`,
  ];
  const handler = numbered({ 5: 'function page(req, res) {', 7: '  res.send(ejs.render(text, rows));', 8: '}' });
  assert.deepEqual(told({ jobs: blocking(stack), sources: { [server]: handler } }), ['NODE02 server.js:7 page']);
});

describe('a callback', () => {
  const handler = (call: string): Story['sources'] => ({
    [server]: numbered({
      3: 'const byName = (a, b) => a.name.localeCompare(b.name);',
      5: 'function list(req, res) {',
      7: `  const found = ${call};`,
      8: '  res.end(String(found.length));',
      9: '}',
    }),
  });

  test('does not block: what calls it for each element does', () => {
    const named = blocking([`list@${server}:5:14`, `byName@${server}:3:16`, 'localeCompare'], []);
    assert.deepEqual(told({ jobs: named, sources: handler('[...people].sort(byName)') }), ['NODE02 server.js:7 list']);
    const call = 'people.sort((a, b) => a.name.localeCompare(b.name))';
    const inPlace = blocking([`list@${server}:5:14`, `@${server}:7:${'  const found = people.sort('.length + 1}`], [7]);
    assert.deepEqual(told({ jobs: inPlace, sources: handler(call) }), ['NODE02 server.js:7 list']);
  });

  test('that is called once is what blocks', () => {
    const once = blocking([`list@${server}:5:14`, `byName@${server}:3:16`], [3]);
    assert.deepEqual(told({ jobs: once, sources: handler('measure(byName)') }), ['NODE02 server.js:3 byName']);
    const waits = 'people.map(async (a) => { await turn(); return work(a); })';
    const inTurns = blocking([`list@${server}:5:14`, `@${server}:7:${'  const found = people.map('.length + 1}`], [7]);
    assert.deepEqual(told({ jobs: inTurns, sources: handler(waits) }), ['NODE02 server.js:7 the function at line 7']);
  });
});

test('JSON’s functions are known by the names a file gives them', () => {
  for (const [names, call] of [
    ['const { stringify } = JSON;', 'stringify(all)'],
    ['const { parse, stringify: toText } = JSON;', 'toText(all)'],
    ['const write = JSON.stringify;', 'write(all)'],
  ] as const) {
    const sources = { [server]: numbered({ 3: names, 5: 'function list() {', 7: `  return ${call};`, 8: '}' }) };
    assert.deepEqual(
      told({ jobs: blocking([`list@${server}:5:14`], [7]), sources }),
      ['NODE03 server.js:7 list'],
      names,
    );
  }
  const other = numbered({
    3: 'const text = JSON.stringify(start);',
    5: 'function list() {',
    7: '  text(all);',
    8: '}',
  });
  const story = { jobs: blocking([`list@${server}:5:14`], [7]), sources: { [server]: other } };
  assert.deepEqual(told(story), ['NODE02 server.js:7 list']);
});

describe('NODE07', () => {
  const pause = { everyUs: 100_000, us: 6000, stack: ['(garbage collector)'], gc: 1 };
  const working = (stack: string): readonly Job[] => [
    { everyUs: 1e6, us: 60_000, stack: [stack], lines: [6] },
    { everyUs: 100_000, us: 3000, stack: [stack], lines: [6] },
    pause,
  ];

  test('says what its collections took of all time where the slow requests did not wait for them', () => {
    const found = advise(evidenceOf({ jobs: working(`handle@${modules}/express/lib/application.js:150:16`) }));
    // 6 ms of each 100.
    assert.match(found.find(({ rule }) => rule === 'NODE07')?.title ?? '', /up to 6 ms: 6% of all time/);
  });

  test('names no framework as where the objects come from', () => {
    const story = { jobs: working(`handle@${modules}/express/lib/application.js:150:16`) };
    const found = advise(evidenceOf(story)).find(({ rule }) => rule === 'NODE07');
    assert.deepEqual([found?.file, found?.line], [null, null]);
    assert.doesNotMatch(found?.title ?? '', /handle/);
  });
});

describe('NODE05', () => {
  const stream = 'node:internal/streams/writable';
  const stack = [`log@${server}:5:13`, `Writable.write@${stream}:500:40`, `_write@${stream}:430:16`, 'writeUtf8String'];
  const source = (write: string): Story['sources'] => ({
    [server]: numbered({ 5: 'const log = (text) => {', 7: `  ${write};`, 8: '};' }),
  });

  test('knows a pipe that is written to for what it is', () =>
    assert.deepEqual(told({ jobs: blocking(stack), sources: source('process.stdout.write(`${text}\\n`)') }), [
      'NODE05 server.js:7 log',
    ]));

  test('but takes no other stream for one', () =>
    assert.deepEqual(told({ jobs: blocking(stack), sources: source('socket.write(text)') }), [
      'NODE02 server.js:7 log',
    ]));
});

describe('NET01', () => {
  test('is told of few answers only where the generator did not stand still for as long, or the source shows why', () => {
    const few = (stallMaxUs: number, text: string): string[] =>
      told({
        outside: (request) => (request % 60 === 0 ? 40_300 : 0),
        counters: { 'TcpExt.DelayedACKs': 40 },
        verdict: { ...validVerdict, health: { ...validVerdict.health, stallMaxUs } },
        sources: { [server]: numbered({ 2: text, 4: 'createServer(onSocket);' }) },
      });
    assert.deepEqual(few(5000, ''), ['NET01 -:0 ']);
    assert.deepEqual(few(45_000, ''), []);
    assert.deepEqual(few(45_000, "import { createServer } from 'node:net';"), ['NET01 server.js:4 ']);
  });

  const pile = {
    outside: (request: number): number => (request % 10 === 0 ? 40_300 : 0),
    counters: { 'TcpExt.DelayedACKs': 205 },
  };
  const at = (lines: Readonly<Record<number, string>>): string[] =>
    told({ ...pile, sources: { [server]: numbered({ ...lines, 6: 'sock.write(head);', 7: 'sock.write(body);' }) } });

  test('knows raw sockets by any name', () => {
    for (const lines of [
      { 2: "import { Server } from 'node:net';", 4: 'const server = new Server(onSocket);' },
      { 2: "import { createServer as listen } from 'net';", 4: 'listen(onSocket);' },
      { 2: "const tcp = require('node:net');", 4: 'tcp.createServer(onSocket);' },
      { 2: "const { connect: dial } = require('net');", 4: 'dial(4100);' },
    ])
      assert.deepEqual(at(lines), ['NET01 server.js:7 '], JSON.stringify(lines));
  });

  test('and no others', () => {
    for (const lines of [
      {
        2: "import { createServer } from 'node:http';\nimport { isIP } from 'node:net';",
        4: 'createServer(onRequest);',
      },
      { 2: "import { connect } from 'node:http2';", 4: 'connect(url);' },
    ])
      assert.deepEqual(at(lines), ['NET01 -:0 '], JSON.stringify(lines));
  });
});

describe('NET06', () => {
  const closed = (lines: Readonly<Record<number, string>>): string[] =>
    told({ closes: true, sources: { [server]: numbered(lines) } });
  const outgoing = (lines: Readonly<Record<number, string>>): string[] =>
    told({ counters: { 'Tcp.ActiveOpens': 2016 }, outgoing: 2000, sources: { [server]: numbered(lines) } });

  test('finds what closes connections, however it is said', () => {
    for (const lines of [
      { 4: "const headers = { Connection: 'close' };", 6: 'res.set(headers);' },
      { 4: 'ctx.set("connection", "close");' },
      { 4: "reply.header('Connection', 'close');" },
      { 4: 'const app = Fastify({ maxRequestsPerSocket: 1 });' },
      { 4: 'createServer({ keepAliveTimeout: 50 }, handler);' },
      {
        2: "fetch(url, { headers: { connection: 'close' } });",
        4: "app.get('/', (q, r) => r.set('connection', 'close'));",
      },
    ])
      assert.deepEqual(closed(lines), ['NET06 server.js:4 '], JSON.stringify(lines));
    // Without a time-out connections stay for good.
    assert.deepEqual(closed({ 4: 'server.keepAliveTimeout = 0;' }), ['NET06 -:0 ']);
  });

  test('finds what connects anew for each call, however it is said', () => {
    for (const lines of [
      { 2: "import { connect } from 'node:net';", 4: 'const socket = connect(port, host);' },
      { 2: "const http = require('node:http');", 4: 'const agent = new http.Agent({ maxSockets: 8 });' },
      { 4: "const answer = await fetch(url, { headers: { connection: 'close' } });" },
      { 3: 'function rate() {', 4: '  const agent = new http.Agent({ keepAlive: true });', 5: '}' },
      { 2: "import { Agent } from 'undici';", 3: 'const rate = () => {', 4: '  return new Agent();', 5: '};' },
    ])
      assert.deepEqual(outgoing(lines), ['NET06 server.js:4 '], JSON.stringify(lines));
    for (const lines of [
      { 4: 'const agent = new http.Agent({ keepAlive: true });' },
      { 2: "import { Agent } from 'undici';", 4: 'const agent = new Agent({ connections: 8 });' },
    ])
      assert.deepEqual(outgoing(lines), ['NET06 -:0 '], JSON.stringify(lines));
  });
});
