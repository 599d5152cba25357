/**
 * gRPC, unary, a message of 100 bytes, closed: calls a second of the generator with full recording against ghz and against a plain
 * @grpc/grpc-js client, tonic answering; they take turns.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../../scripts/lib/setUp.mjs';
import { generate, whileServing } from './cores.mjs';
import { available, inTurnsOfRounds, ratioFigure } from './figures.mjs';
import { measureOwn } from './own.mjs';
import { ghz, tonicServer } from './peers.mjs';

const seconds = 3;
/** As many at a time as ghz asks by default, 50 on one connection; and the same over 5 connections. */
const shapes = [
  { rounds: 5, channels: 1, streams: 50 },
  { rounds: 3, channels: 5, streams: 10 },
];
const protos = join(root, 'test/fixtures/services/grpc');
const method = 'slowpath.echo.Echo';
/** 100 bytes with its field's head. */
const message = { payload: Buffer.alloc(98, 'x').toString('base64') };
const asked = { ghz: { least: 1.5 }, 'grpc-js': { least: 3 } };

export function grpc() {
  const { measures: peers, missing } = available({ ghz });
  return whileServing(
    { path: tonicServer(), args: [], env: { PORT: '0' }, ready: /listening (\d+)/ },
    async ([, port]) => {
      const figures = [];
      for (const shape of shapes) figures.push(...(await compare(shape, port, peers.ghz, missing)));
      return figures;
    },
  );
}

async function compare(shape, port, ghzPath, missing) {
  const found = await inTurnsOfRounds(shape.rounds, 3, {
    slowpath: (turn) => ownPerSecond(shape, port, turn),
    ...(ghzPath ? { ghz: (turn) => ghzPerSecond(ghzPath, shape, port, turn) } : {}),
    'grpc-js': (turn) => loopPerSecond(shape, port, turn),
  });
  const where = `${shape.streams} at a time on ${shape.channels} connection${shape.channels > 1 ? 's' : ''}`;
  return Object.entries(asked).map(([against, bound]) =>
    ratioFigure({
      work: `gRPC unary, 100-byte message, ${where}`,
      against: against === 'grpc-js' ? 'a plain @grpc/grpc-js loop' : against,
      quantity: 'calls a second',
      asked: bound,
      ours: found.slowpath,
      peers: found[against],
      skipped: missing[against],
    }),
  );
}

async function ownPerSecond({ channels, streams }, port, turn) {
  const load = {
    protocol: 'grpc',
    request: { method: 'POST', path: `/${method}/Say`, body: JSON.stringify([message]) },
    grpc: { proto: ['echo.proto'], includeDirs: [protos], client: 'lean', deadlineUs: null },
    arrivals: { model: 'closed', concurrency: channels * streams },
    connections: channels,
    streams,
    warmupUs: 1.5e6,
    durationUs: seconds * 1e6,
  };
  const { ratePerSecond } = await measureOwn(`grpc://127.0.0.1:${port}`, load, turn);
  return ratePerSecond.achieved;
}

async function loopPerSecond({ channels, streams }, port, { share, onStart }) {
  const script = fileURLToPath(new URL('./grpcLoop.mjs', import.meta.url));
  // As our load process gets it.
  const semiSpace = ['--min-semi-space-size=16', '--max-semi-space-size=32'];
  const args = [...semiSpace, script, port, channels, streams, seconds * share];
  return Number(await generate(process.execPath, args, { onStart })) * share;
}

async function ghzPerSecond(path, { channels, streams }, port, { share, onStart }) {
  const what = ['--insecure', '--proto', join(protos, 'echo.proto'), '--call', `${method}.Say`];
  const shape = ['-c', channels * streams, '--connections', channels, '--cpus', 1];
  const load = ['-z', `${seconds * share}s`, '--skipFirst', 1, '-d', JSON.stringify(message), '-O', 'json'];
  const args = [...what, ...shape, ...load, `127.0.0.1:${port}`];
  const out = await generate(path, args, { env: { GOMAXPROCS: '1' }, onStart });
  const { rps, statusCodeDistribution } = JSON.parse(out);
  if (!(rps > 0) || !(statusCodeDistribution.OK > 0)) throw new Error('ghz failed.');
  return rps * share;
}
