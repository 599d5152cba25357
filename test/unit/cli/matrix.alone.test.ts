import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readArguments } from '../../../src/cli/arguments.ts';
import { helpText } from '../../../src/cli/help.ts';
import { readMatrix } from '../../../src/matrix/file.ts';
import type { Matrix } from '../../../src/matrix/model.ts';
import { readManifest } from '../../../src/run/store.ts';
import { lingering, slowpath, start, workspace } from './harness.ts';

test('matrix reads its words', () => {
  const words =
    'matrix orders --shapes single,soak --clients plan,4,64 --duration 2s --soak 1h --json --html shapes.html';
  assert.deepEqual(readArguments(words.split(' ')), {
    name: 'matrix',
    scenario: 'orders',
    plan: undefined,
    out: undefined,
    shapes: ['single', 'soak'],
    clients: [null, 4, 64],
    durationUs: 2e6,
    soakUs: 3600e6,
    json: true,
    html: 'shapes.html',
    allowRemote: false,
  });
  for (const [wrong, message] of [
    ['matrix --shapes single,sok', /^--shapes: there is no shape "sok"; did you mean soak\?\.$/],
    ['matrix --shapes ,', /^--shapes: there is no shape ""; write some of single,many,chain,soak\.$/],
    ['matrix --clients 0', /^--clients: "0" is no number of clients; write "plan" or 1 to 10000\.$/],
    ['matrix --clients 4,many', /^--clients: "many" is no number of clients/],
    ['matrix --rate 5', /^slowpath matrix takes no --rate/],
    ['matrix a b', /^It takes one scenario/],
  ] as const)
    assert.throws(() => readArguments(wrong.split(' ')), { code: 'USAGE', message });
  for (const option of ['plan', 'out', 'shapes', 'clients', 'duration', 'soak', 'json', 'html', 'allow-remote'])
    assert.ok(helpText('matrix').includes(`--${option}`), option);
  for (const line of helpText('matrix').split('\n')) assert.ok(line.length <= 120, line);
});

/** Two orders for each request, one after the other; each takes 20 ms or a little more. */
const gateway = `
const http = require('node:http');
const agent = new http.Agent({ keepAlive: true });
const ask = () => new Promise((resolve, reject) => {
  const request = http.get({ host: '127.0.0.1', port: process.env.ORDERS, agent }, (answer) => {
    answer.resume();
    answer.on('end', resolve);
  });
  request.on('error', reject);
});
http
  .createServer(async (request, response) => {
    if (request.url !== '/health') await ask().then(ask);
    response.end('ok');
  })
  .listen(Number(process.env.PORT), '127.0.0.1');
`;
const orders = `
require('node:http')
  .createServer((request, response) => void setTimeout(() => response.end('ok'), request.url === '/health' ? 0 : 20))
  .listen(Number(process.env.PORT), '127.0.0.1');
`;

async function shop(t: Parameters<typeof workspace>[0]): Promise<string> {
  const dir = await workspace(t);
  await writeFile(join(dir, 'gateway.cjs'), gateway);
  await writeFile(join(dir, 'orders.cjs'), orders);
  const service = (name: string, env: object): object => ({
    command: `${name}.cjs`,
    env: { PORT: `\${port:${name}}`, ...env },
    ready: { http: `http://127.0.0.1:\${port:${name}}/health` },
  });
  const shopping = {
    targets: { orders: service('orders', {}), gateway: service('gateway', { ORDERS: '${port:orders}' }) },
    load: {
      url: 'http://127.0.0.1:${port:gateway}',
      arrivals: { model: 'constant', rate: 10 },
      warmup: '600ms',
      duration: '1s',
    },
    matrix: { chain: {}, soak: { duration: '2s' } },
  };
  await writeFile(join(dir, 'slowpath.jsonc'), JSON.stringify({ scenarios: { shop: shopping } }));
  return dir;
}

async function storedIn(dir: string): Promise<{ matrix: Matrix; runs: string[] }> {
  const runsDir = join(dir, '.slowpath', 'runs');
  const names = (await readdir(runsDir)).filter((name) => !name.startsWith('.'));
  const [matrix, more] = names.filter((name) => name.includes('-shop-matrix-'));
  assert.ok(matrix !== undefined && more === undefined, names.join(' '));
  return { matrix: await readMatrix(join(runsDir, matrix)), runs: names.filter((name) => name !== matrix) };
}

test('A chain of two services and a soak, measured', async (t) => {
  const dir = await shop(t);
  const ended = await slowpath(dir, ['matrix', '--json', '--html', 'shapes.html']);
  const printed = JSON.parse(ended.stdout) as Matrix;
  const { matrix, runs } = await storedIn(dir);
  assert.deepEqual(printed, matrix);
  // What is kept opens again as the same page, also over the one that is there.
  const page = await readFile(join(dir, 'shapes.html'), 'utf8');
  const again = await slowpath(dir, ['report', matrix.id, '--html', 'shapes.html']);
  assert.equal(again.code, 0, again.stderr);
  assert.equal(await readFile(join(dir, 'shapes.html'), 'utf8'), page);
  assert.deepEqual(await lingering(dir), []);
  assert.equal(matrix.state, 'complete');
  assert.deepEqual(
    matrix.cells.map(({ shape }) => shape),
    ['chain', 'soak'],
  );
  assert.deepEqual(matrix.cells.map(({ run }) => run).sort(), runs.sort());
  for (const { run, outcome, latencyUs, reasons } of matrix.cells) {
    const { verdict } = await readManifest(join(dir, '.slowpath', 'runs', run));
    assert.equal(outcome === 'good', verdict?.valid);
    assert.equal(latencyUs === null, !verdict?.valid);
    assert.equal(reasons.length === 0, verdict?.valid);
  }
  // Two seconds tell no drift, and what can't be told is not good.
  assert.equal(ended.code, 4, ended.stderr);
  const soak = matrix.cells[1]?.soak;
  assert.deepEqual([...new Set(soak?.drifts.map(({ verdict }) => verdict))], ['untold']);
  assert.deepEqual(soak?.memory.map(({ target }) => target).sort(), ['gateway', 'orders']);
  for (const { rssBytes } of soak.memory) assert.ok(rssBytes.some((bytes) => bytes !== null && bytes > 10e6));
  const [chain] = matrix.cells;
  // On a machine too busy to measure there is no chain to look at.
  if (chain?.outcome !== 'good') return;
  assert.equal(chain.chainMissing, null);
  assert.deepEqual(
    chain.chain?.hops.map(({ target }) => target),
    ['gateway', 'orders'],
  );
  if (chain.chain.wholeUs === null) return;
  const sum = chain.chain.parts.reduce((total, { us }) => total + (us.mean ?? 0), 0);
  assert.ok(Math.abs(sum - (chain.chain.wholeUs.mean ?? 0)) < 1, JSON.stringify(chain.chain));
  const own = chain.chain.parts.find(({ kind, target }) => kind === 'own' && target === 'orders');
  // Twice a timer of 20 ms, which may fire 1 ms early.
  assert.ok((own?.us.mean ?? 0) >= 38_000, JSON.stringify(chain.chain));
});

test('A page that would replace something else is refused before anything is measured', async (t) => {
  const dir = await shop(t);
  await writeFile(join(dir, 'notes.html'), '<p>mine</p>');
  for (const [file, message] of [
    ['notes.html', /notes\.html exists and is not a Slowpath report, so it is not replaced; choose another name\.\n$/],
    ['no/such/folder/shapes.html', /^slowpath: There is no folder /],
  ] as const) {
    const ended = await slowpath(dir, ['matrix', '--html', file]);
    assert.deepEqual([ended.code, ended.stdout], [2, ''], ended.stderr);
    assert.match(ended.stderr, message);
  }
  assert.equal(await readFile(join(dir, 'notes.html'), 'utf8'), '<p>mine</p>');
  await assert.rejects(readdir(join(dir, '.slowpath')), { code: 'ENOENT' });
});

test('A matrix that fails tells where what was measured stands', async (t) => {
  const dir = await shop(t);
  await writeFile(join(dir, 'orders.cjs'), 'process.exit(9);');
  const ended = await slowpath(dir, ['matrix', '--html', 'shapes.html']);
  assert.equal(ended.code, 3, ended.stderr);
  const { matrix } = await storedIn(dir);
  assert.deepEqual([matrix.state, matrix.cells], ['failed', []]);
  assert.ok(ended.stderr.includes(`what was recorded is in ${join('.slowpath', 'runs', matrix.id)}`), ended.stderr);
});

test('Ctrl+C keeps and prints what was measured', async (t) => {
  const dir = await shop(t);
  const running = start(dir, ['matrix', '--duration', '200ms', '--soak', '10m']);
  await running.says(/measuring soak/);
  running.child.kill('SIGINT');
  const ended = await running.ended;
  assert.equal(ended.code, 130, ended.stderr);
  // On a slow machine the soak may have begun meanwhile: then it stands too, for the time until then.
  assert.match(ended.stdout, /Cancelled after [12] of 2 measurements\./);
  const { matrix } = await storedIn(dir);
  assert.deepEqual([matrix.state, matrix.cells[0]?.shape], ['cancelled', 'chain']);
  assert.deepEqual(await lingering(dir), []);
});
