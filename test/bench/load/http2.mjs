/**
 * HTTP/2 without TLS, ten streams on one connection, closed: requests a second of the generator with full recording against h2load's,
 * nghttpd answering; they take turns.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, generate, whileServing } from './cores.mjs';
import { available, inTurnsOfRounds, ratioFigure } from './figures.mjs';
import { measureOwn } from './own.mjs';
import { command } from './peers.mjs';

const rounds = 5;
const seconds = 3;
const streams = 10;

export async function http2() {
  const path = command('nghttpd');
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  writeFileSync(join(directory, 'index.html'), 'hello, world\n');
  const port = await freePort();
  const args = ['--no-tls', '-n', 1, '-d', directory, port];
  try {
    return await whileServing({ path, args, ready: port }, () => compare(`http://127.0.0.1:${port}/`));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function compare(url) {
  const { measures, missing } = available({ h2load: () => h2load(url) });
  const found = await inTurnsOfRounds(rounds, 2, {
    plain: (turn) => measureOwn(url, load(false), turn),
    traced: (turn) => measureOwn(url, load(true), turn),
    ...measures,
  });
  return [
    ['plain', 'HTTP/2 closed, 10 streams on 1 connection'],
    ['traced', 'the same, each request with a trace context of its own'],
  ].map(([kind, work]) =>
    ratioFigure({
      work,
      against: 'h2load',
      quantity: 'requests a second',
      asked: { least: 0.7 },
      ours: found[kind].map(({ ratePerSecond }) => ratePerSecond.achieved),
      peers: found.h2load,
      skipped: missing.h2load,
    }),
  );
}

function load(traceparent) {
  return {
    protocol: 'http2',
    arrivals: { model: 'closed', concurrency: streams },
    connections: 1,
    streams,
    traceparent,
    warmupUs: 1e6,
    durationUs: seconds * 1e6,
  };
}

function h2load(url) {
  const path = command('h2load');
  return async ({ share, onStart }) => {
    const time = ['-D', seconds * share, `--warm-up-time=${share}`];
    const out = await generate(path, [...time, '-c', 1, '-m', streams, '-t', 1, url], { onStart });
    const rate = Number(/finished in [^,]+, ([\d.]+) req\/s/.exec(out)?.[1]) * share;
    if (!(rate > 0) || !/ 0 failed, 0 errored/.test(out)) throw new Error(`h2load failed:\n${out}`);
    return rate;
  };
}
