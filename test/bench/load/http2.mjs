/**
 * HTTP/2 without TLS, ten streams on one connection, closed: requests a second of the generator with full recording against
 * h2load's, each pinned to one core and the server to the other, in interleaved pairs with the order drawn by a seeded coin.
 * Peers from Debian: nghttpd (nghttp2-server) answers, h2load (nghttp2-client) is the measure.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, seededCoin } from '../statistics.mjs';

const pairs = 5;
const seconds = 4;
const streams = 10;
const [serverCore, generatorCore] = [0, 1];
/** util-linux. */
const pin = 'taskset';
const generator = fileURLToPath(new URL('./http2Generator.mjs', import.meta.url));

export async function http2() {
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const port = await freePort();
  writeFileSync(join(directory, 'index.html'), 'hello, world\n');
  const server = spawn(
    pin,
    ['-c', String(serverCore), 'nghttpd', '--no-tls', '-n', '1', '-d', directory, String(port)],
    { stdio: 'ignore' },
  );
  const failed = once(server, 'error').then(([error]) => {
    throw new Error(`nghttpd cannot be started (apt-get install nghttp2): ${error.message}`);
  });
  try {
    await Promise.race([accepts(port), failed]);
    return await compare(port);
  } finally {
    server.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
}

async function compare(port) {
  const coin = seededCoin(2);
  const rates = { slowpath: [], traced: [], h2load: [] };
  const measures = {
    slowpath: () => measureOwn(port, 'plain'),
    traced: () => measureOwn(port, 'traced'),
    h2load: () => measureH2load(port),
  };
  for (let pair = 0; pair < pairs; pair++) {
    const order = coin() ? ['slowpath', 'traced', 'h2load'] : ['h2load', 'traced', 'slowpath'];
    for (const kind of order) rates[kind].push(measures[kind]());
  }
  const ratios = (kind) => rates[kind].map((rate, index) => rate / rates.h2load[index]);
  return {
    name: 'HTTP/2, 10 streams on 1 connection, closed, full recording, against h2load',
    reach: '≥ 0.7 ×',
    rows: {
      pairs,
      ratio: round(median(ratios('slowpath'))),
      lowest: round(Math.min(...ratios('slowpath'))),
      highest: round(Math.max(...ratios('slowpath'))),
      ratioWithTraceContexts: round(median(ratios('traced'))),
      slowpathPerSecond: Math.round(median(rates.slowpath)),
      h2loadPerSecond: Math.round(median(rates.h2load)),
    },
  };
}

function measureOwn(port, headers) {
  const args = [generator, String(port), String(streams), String(seconds), headers];
  return Number(execFileSync(pin, ['-c', String(generatorCore), process.execPath, ...args], { encoding: 'utf8' }));
}

function measureH2load(port) {
  const timing = ['-D', String(seconds), '--warm-up-time=1', '-c', '1', '-m', String(streams), '-t', '1'];
  const args = ['-c', String(generatorCore), 'h2load', ...timing, `http://127.0.0.1:${port}/`];
  const out = execFileSync(pin, args, { encoding: 'utf8' });
  const rate = Number(/finished in [^,]+, ([\d.]+) req\/s/.exec(out)?.[1]);
  if (!(rate > 0) || !/ 0 failed, 0 errored/.test(out)) throw new Error(`h2load failed:\n${out}`);
  return rate;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function accepts(port) {
  for (const deadline = performance.now() + 5000; ; await new Promise((done) => setTimeout(done, 50))) {
    const socket = connect(port, '127.0.0.1');
    const connected = await new Promise((done) => {
      socket.on('connect', () => done(true));
      socket.on('error', () => done(false));
    });
    socket.destroy();
    if (connected) return;
    if (performance.now() > deadline) throw new Error(`Nothing listens on port ${port}.`);
  }
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}
