import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { Candidate } from '../../../src/plan/candidate.ts';
import { discoverTargets, planTextFor } from '../../../src/plan/discover.ts';
import { discoverProcesses, listeningPorts } from '../../../src/plan/discoverProcesses.ts';
import { nodeCommandOf } from '../../../src/plan/nodeCommand.ts';
import { readPlan } from '../../../src/plan/read.ts';
import { resolveScenario } from '../../../src/plan/resolve.ts';
import { routesIn } from '../../../src/plan/sourceHints.ts';

async function workspace(t: TestContext, files: Readonly<Record<string, string | object>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slowpath-discover-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

const found = async (folder: string): Promise<Candidate[]> =>
  (await discoverTargets(folder)).filter(({ source }) => source !== 'process');

void describe('npm scripts', () => {
  for (const [script, command] of [
    ['node server.js', { command: 'server.js', args: [], runtimeArgs: [], env: {} }],
    [
      'node --enable-source-maps -r dotenv/config dist/main.js --port 3000',
      {
        command: 'dist/main.js',
        args: ['--port', '3000'],
        runtimeArgs: ['--enable-source-maps', '-r', 'dotenv/config'],
        env: {},
      },
    ],
    [
      'NODE_ENV=production PORT=8080 node .',
      { command: '.', args: [], runtimeArgs: [], env: { NODE_ENV: 'production', PORT: '8080' } },
    ],
    [
      'cross-env A=1 tsx watch src/main.ts',
      { command: 'src/main.ts', args: [], runtimeArgs: ['--import', 'tsx'], env: { A: '1' } },
    ],
    [
      'npx ts-node src/main.ts "two words"',
      { command: 'src/main.ts', args: ['two words'], runtimeArgs: ['--require', 'ts-node/register'], env: {} },
    ],
    [
      'npm run build && node --watch --inspect=9230 dist/main.js',
      { command: 'dist/main.js', args: [], runtimeArgs: [], env: {} },
    ],
    ['nodemon server.js', { command: 'server.js', args: [], runtimeArgs: [], env: {} }],
    [
      './node_modules/.bin/tsx server.ts',
      { command: 'server.ts', args: [], runtimeArgs: ['--import', 'tsx'], env: {} },
    ],
    ['next start', null],
    ['node -e "1"', null],
    ['node --test', null],
    ['node $ENTRY', null],
    ['node `which x`', null],
    ['node "open', null],
    ['node', null],
    ['', null],
  ] as const) {
    test(script || 'nothing', () => assert.deepEqual(nodeCommandOf(script), command));
  }

  test('whatever the script, an answer in time', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom('node', 'tsx', '&&', '"', "'", ' ', '-r', '--', 'A=1', 'constructor', '__proto__'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => void nodeCommandOf(words.join(' '))),
      { numRuns: 1000 },
    );
    const before = process.cpuUsage();
    for (const hostile of ['"'.repeat(1e6), `node ${'a'.repeat(1e6)}`, `node ${'"a '.repeat(600)}`])
      nodeCommandOf(hostile);
    assert.ok(process.cpuUsage(before).user < 1e6);
  });
});

void describe('routes in the source', () => {
  test('Express, Fastify, plain http', () => {
    assert.deepEqual(
      routesIn(`app.get('/health', h); app.post('/orders', h); router.get("/orders", h); app.get('/orders/:id', h)`),
      ['/health', '/orders'],
    );
    assert.deepEqual(routesIn("fastify.route({ method: 'GET', url: '/items', handler })"), ['/items']);
    assert.deepEqual(
      routesIn("if (req.url === '/a') {} else if (url.pathname == `/b/c.json`) {}\nswitch (path) { case '/d': }"),
      ['/a', '/b/c.json', '/d'],
    );
    assert.deepEqual(
      routesIn(
        "if (req.method === 'POST' && req.url === '/login') {}\nelse if (req.url?.startsWith('/notes')) {}\nif (req.method === 'GET' && url === '/x') {}",
      ),
      ['/notes', '/x'],
    );
    assert.deepEqual(routesIn(`cache.get('key'); map.get("/with space"); app.get('/*')`), []);
  });
  test('a megabyte of hostile source takes no time', () => {
    const before = process.cpuUsage();
    for (const piece of ['.get(', ".get('/", 'url:', 'url: ', "case '", '.get(   ', "url=='/a' "])
      routesIn(piece.repeat(1e6 / piece.length));
    routesIn(`.get(${' '.repeat(1e6)}`);
    assert.ok(process.cpuUsage(before).user < 2e6);
  });
});

void describe('a workspace', () => {
  test('scripts and launch configurations, each once, but once more where the environment differs', async (t) => {
    const folder = await workspace(t, {
      'package.json': {
        scripts: { build: 'node build.js', dev: 'tsx watch src/main.ts', start: 'node server.js', test: 'node --test' },
      },
      'server.js':
        "http.createServer((req, res) => { if (req.url === '/orders') res.end() }).listen(process.env.PORT ?? 3000)",
      'src/main.ts': "app.get('/health', h); app.listen(4000)",
      '.vscode/launch.json': `{ // comment
        "configurations": [
          { "type": "node", "request": "launch", "name": "Server", "program": "\${workspaceFolder}/server.js", },
          { "type": "node", "request": "launch", "name": "API", "program": "\${workspaceFolder}/src/main.ts", "runtimeArgs": ["--import", "tsx"], "cwd": "\${workspaceFolder}/src", "env": { "A": "1" } },
          { "type": "node", "request": "launch", "name": "Other port", "program": "\${workspaceFolder}/server.js", "env": { "PORT": "3001" } },
          { "type": "node", "request": "launch", "name": "Current file", "program": "\${file}" },
          { "type": "node", "request": "attach", "name": "Attach", "port": 9229 },
          { "type": "python", "request": "launch", "name": "Py", "program": "x.py" },
          { "type": "node", "request": "launch", "name": "Outside", "program": "../x.js" }, 7, null
        ] }`,
    });
    assert.deepEqual(await found(folder), [
      {
        source: 'script',
        name: 'start',
        label: 'npm script "start": node server.js',
        target: { command: 'server.js', args: [], runtimeArgs: [], env: {}, cwd: '.' },
        port: null,
        routes: ['/orders'],
      },
      {
        source: 'script',
        name: 'dev',
        label: 'npm script "dev": tsx watch src/main.ts',
        target: { command: 'src/main.ts', args: [], runtimeArgs: ['--import', 'tsx'], env: {}, cwd: '.' },
        port: 4000,
        routes: ['/health'],
      },
      {
        source: 'launch',
        name: 'API',
        label: 'launch configuration "API": ${workspaceFolder}/src/main.ts',
        target: { command: 'main.ts', args: [], runtimeArgs: ['--import', 'tsx'], cwd: 'src', env: { A: '1' } },
        port: 4000,
        routes: ['/health'],
      },
      {
        source: 'launch',
        name: 'Other port',
        label: 'launch configuration "Other port": ${workspaceFolder}/server.js',
        target: { command: 'server.js', args: [], runtimeArgs: [], cwd: '.', env: { PORT: '3001' } },
        port: null,
        routes: ['/orders'],
      },
    ]);
  });

  test('packages of a monorepo', async (t) => {
    const folder = await workspace(t, {
      'package.json': '{}',
      'apps/api/package.json': { scripts: { start: 'node index.js' } },
      'apps/api/index.js': 'server.listen({ port: 8081 })',
    });
    const [candidate] = await found(folder);
    assert.partialDeepStrictEqual(candidate, {
      name: 'api start',
      label: 'npm script "start" of apps/api: node index.js',
      port: 8081,
      target: { cwd: 'apps/api' },
    });
  });

  test('broken, hostile and missing files are passed over', async (t) => {
    for (const content of [
      '',
      '{',
      '[]',
      'null',
      '{"scripts":[]}',
      '{"scripts":{"start":7}}',
      '{"scripts":{"__proto__":"node x.js"}}',
      '['.repeat(100_000),
      '\0'.repeat(100),
    ]) {
      assert.deepEqual(
        await found(await workspace(t, { 'package.json': content, '.vscode/launch.json': content })),
        [],
      );
    }
    assert.deepEqual(await found(join(tmpdir(), 'slowpath-not-there')), []);
  });
});

void describe('listening processes', () => {
  test('lines of /proc/net/tcp: mine, listening, on loopback or every address', () => {
    const line = (address: string, state: string, uid: number, inode: number): string =>
      `   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000000000000000 100 0 0 10 0`;
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      line('0100007F:0BB8', '0A', 1000, 1),
      line('00000000:0BB9', '0A', 1000, 2),
      line('0100007F:0BBA', '01', 1000, 3),
      line('0100007F:0BBB', '0A', 0, 4),
      line('0A00000A:0BBC', '0A', 1000, 5),
      line('00000000000000000000000001000000:0BBD', '0A', 1000, 6),
      line('00000000000000000000000000000000:0BBE', '0A', 1000, 7),
      line('0000000000000000FFFF00000100007F:0BBF', '0A', 1000, 8),
      'garbage',
    ].join('\n');
    assert.deepEqual(
      [...listeningPorts(table, 1000)],
      [
        ['1', 3000],
        ['2', 3001],
        ['6', 3005],
        ['7', 3006],
        ['8', 3007],
      ],
    );
  });

  test('a Node service that runs is found with its pid and port', async (t) => {
    const script =
      "const s = require('http').createServer(); s.listen(0, '127.0.0.1', () => console.log(s.address().port))";
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(String(chunk));
    const all = await discoverProcesses();
    const mine = all.filter((candidate) => candidate.port === port);
    const expected = [{ source: 'process', target: { pid: child.pid }, port, name: `port ${port}` }];
    assert.equal(mine.length, process.platform === 'linux' ? 1 : 0);
    assert.partialDeepStrictEqual(mine, expected.slice(0, mine.length));
    const measurable = all.map(({ target }) => target !== null);
    assert.deepEqual(
      measurable,
      measurable.toSorted((a, b) => Number(b) - Number(a)),
      'those to measure come first',
    );
  });
});

void describe('the text of a new plan', () => {
  const launch: Candidate = {
    source: 'script',
    name: 'start',
    label: 'npm script "start": node server.js',
    target: { command: 'server.js', args: ['a'], runtimeArgs: ['--import', 'tsx'], cwd: '.', env: { A: '${x}' } },
    port: null,
    routes: ['/a', '/b'],
  };

  test('is valid, commented and resolves', async () => {
    const text = planTextFor([
      launch,
      { ...launch, port: 4000 },
      { source: 'process', name: 'port 3000', label: 'l', target: { pid: 7 }, port: 3000, routes: [] },
      { source: 'process', name: 'port 3001', label: 'l', target: null, port: 3001, routes: [] },
    ]);
    const plan = readPlan(text, 'slowpath.jsonc');
    assert.deepEqual(Object.keys(plan.scenarios), ['start', 'start 2', 'port 3000', 'port 3001']);
    assert.match(text, /^ {4}\/\/ npm script "start": node server\.js$/m);
    const resolve = (name: string) =>
      resolveScenario(plan, { name, file: 'slowpath.jsonc', workspaceFolder: tmpdir(), env: {} });
    const {
      targets: [target],
      load: { url, requests },
    } = await resolve('start');
    assert.ok(target?.kind === 'launch');
    assert.equal(url, `http://127.0.0.1:${String(target.env['PORT'])}`);
    assert.equal(target.env['A'], '${x}');
    assert.deepEqual(
      requests.map(({ path }) => path),
      ['/a', '/b'],
    );
    assert.deepEqual(target.ready, { kind: 'port', port: Number(target.env['PORT']), timeoutUs: 10e6 });
    const fixed = await resolve('start 2');
    assert.equal(fixed.load.url, 'http://127.0.0.1:4000');
    assert.partialDeepStrictEqual(fixed.targets, [{ env: { A: '${x}' }, ready: { kind: 'port', port: 4000 } }]);
    assert.deepEqual((await resolve('port 3000')).targets, [
      { kind: 'attach', name: 'api', runtime: 'node', pprof: null, via: { pid: 7 } },
    ]);
    assert.deepEqual((await resolve('port 3001')).targets, []);
  });

  test('without candidates: an example that is valid too', () => {
    const text = planTextFor([]);
    assert.deepEqual(Object.keys(readPlan(text, 'slowpath.jsonc').scenarios), ['example']);
    assert.match(text, /write your own command, port and path/);
  });

  test('is valid whatever was found', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    const words = fc.array(text, { maxLength: 3 });
    const target = fc.record({
      command: fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
      args: words,
      runtimeArgs: words,
      cwd: fc.constantFrom('.', 'a/b'),
      env: fc.dictionary(fc.oneof(text, fc.constantFrom('PORT', '__proto__', 'A=B')), text),
    });
    const candidate = fc.record({
      source: fc.constantFrom('script', 'launch', 'process'),
      name: text,
      label: text,
      target: fc.oneof(target, fc.record({ pid: fc.integer({ min: 1, max: 4_194_304 }) }), fc.constant(null)),
      port: fc.option(fc.integer({ min: 1, max: 65_535 })),
      routes: fc.array(
        fc.oneof(
          text,
          text.map((path) => `/${path}`),
        ),
        { maxLength: 4 },
      ),
    });
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 4 }), (candidates) => {
        const written = planTextFor(candidates);
        assert.doesNotMatch(written.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        assert.equal(Object.keys(readPlan(written, 'slowpath.jsonc').scenarios).length, Math.max(1, candidates.length));
      }),
      { numRuns: 1000 },
    );
  });
});
