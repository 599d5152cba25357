/**
 * gRPC, unary, a message of 100 bytes, closed: calls a second of the generator with full recording against ghz and against a plain
 * @grpc/grpc-js client, each pinned to one core and a tonic server to the other, in interleaved rounds with the order drawn by a seeded
 * coin. Peers: ghz by `go install`, the server by `cargo build` from test/fixtures/services/grpc-tonic; both are kept in the folder of tools.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../../scripts/lib/setUp.mjs';
import { median, seededCoin } from '../statistics.mjs';

const rounds = 5;
const seconds = 3;
/** As many at a time as ghz asks by default, 50 on one connection; and the same over 5 connections. */
const shapes = [
  { channels: 1, streams: 50 },
  { channels: 5, streams: 10 },
];
const [serverCore, generatorCore] = ['0', '1'];
/** util-linux. */
const pin = 'taskset';
const tools = process.env.SLOWPATH_TOOLS ?? join(root, '.tools');
const generator = fileURLToPath(new URL('./grpcGenerator.mjs', import.meta.url));
const protos = join(root, 'test/fixtures/services/grpc');
/** As the load process gets them. */
const semiSpace = ['--min-semi-space-size=16', '--max-semi-space-size=32'];

export async function grpc() {
  const ghz = builtGhz();
  const [before] = loadavg();
  const server = spawn(pin, ['-c', serverCore, builtServer()], { env: { ...process.env, PORT: '0' } });
  try {
    const line = await new Promise((told, failed) => {
      server.stdout.once('data', (chunk) => told(String(chunk)));
      server.once('error', failed);
      server.once('exit', (code) => failed(new Error(`the server ended with ${code}`)));
    });
    const port = Number(/listening (\d+)/.exec(line)?.[1]);
    const rows = {};
    for (const shape of shapes) Object.assign(rows, compare(shape, port, ghz));
    return {
      name: 'gRPC unary, 100-byte message, closed, full recording, against ghz and a plain grpc-js loop, one core each',
      reach: '≥ 1.5 × ghz, ≥ 3 × grpc-js loop',
      rows: { rounds, ...rows, 'load of the machine before': round(before) },
    };
  } finally {
    server.kill('SIGKILL');
  }
}

function compare(shape, port, ghz) {
  const coin = seededCoin(3);
  const kinds = ['lean', 'ghz', 'loop', 'grpc-js'];
  const found = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round++) {
    for (const kind of coin() ? kinds : kinds.toReversed()) {
      found[kind].push(kind === 'ghz' ? measureGhz(ghz, shape, port) : measureOwn(kind, shape, port));
    }
  }
  const rates = (kind) => found[kind].map(({ perSecond }) => perSecond);
  const perSecond = (kind) => Math.round(median(rates(kind)));
  const over = (kind) => round(median(rates('lean')) / median(rates(kind)));
  const cpuUs = (kind) => round(median(found[kind].map(({ cpuUsPerCall }) => cpuUsPerCall)));
  const where = `${shape.streams} streams on ${shape.channels} connection${shape.channels > 1 ? 's' : ''}`;
  return {
    [`${where}: over ghz`]: over('ghz'),
    [`${where}: over grpc-js loop`]: over('loop'),
    [`${where}: calls a second`]: `lean ${perSecond('lean')}, ghz ${perSecond('ghz')}, grpc-js loop ${perSecond('loop')}, grpc-js driver ${perSecond('grpc-js')}`,
    [`${where}: generator's CPU µs a call`]: `lean ${cpuUs('lean')}, ghz ${cpuUs('ghz')}, grpc-js loop ${cpuUs('loop')}, grpc-js driver ${cpuUs('grpc-js')}`,
  };
}

function measureOwn(kind, { channels, streams }, port) {
  const args = [...semiSpace, generator, kind, port, channels, streams, seconds].map(String);
  return JSON.parse(execFileSync(pin, ['-c', generatorCore, process.execPath, ...args], { encoding: 'utf8' }));
}

function measureGhz(ghz, { channels, streams }, port) {
  const args = [
    '--insecure',
    '--skipFirst',
    '1',
    '--proto',
    join(protos, 'echo.proto'),
    '--call',
    'slowpath.echo.Echo.Say',
  ];
  const load = [
    '-c',
    String(channels * streams),
    '--connections',
    String(channels),
    '-z',
    `${seconds}s`,
    '--cpus',
    '1',
  ];
  const data = ['-d', JSON.stringify({ payload: Buffer.alloc(98, 'x').toString('base64') }), '-O', 'json'];
  const before = childrenCpuUs();
  const out = execFileSync(pin, ['-c', generatorCore, ghz, ...args, ...load, ...data, `127.0.0.1:${port}`], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const { rps, count, statusCodeDistribution } = JSON.parse(out);
  if (!(rps > 0) || !(statusCodeDistribution.OK > 0)) throw new Error('ghz failed.');
  return { perSecond: rps, cpuUsPerCall: (childrenCpuUs() - before) / count };
}

/** Of all children that have ended (proc(5): cutime and cstime, in ticks of 10 ms). */
function childrenCpuUs() {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10_000;
}

function builtGhz() {
  const folder = join(tools, 'go-bin');
  const path = join(folder, 'ghz');
  if (!existsSync(path))
    execFileSync('go', ['install', 'github.com/bojand/ghz/cmd/ghz@v0.93.0'], {
      env: { ...process.env, GOBIN: folder },
      stdio: 'inherit',
    });
  return path;
}

function builtServer() {
  const target = join(tools, 'cargo-target');
  const manifest = join(root, 'test/fixtures/services/grpc-tonic/Cargo.toml');
  execFileSync('cargo', ['build', '--release', '--quiet', '--locked', '--manifest-path', manifest], {
    env: { ...process.env, CARGO_TARGET_DIR: target },
    stdio: 'inherit',
  });
  return join(target, 'release/grpc-tonic');
}

function round(value) {
  return Math.round(value * 100) / 100;
}
