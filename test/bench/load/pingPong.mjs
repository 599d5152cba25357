/**
 * Ping-pong of 64 bytes over TCP or UDP, one request at a time: median service time of the generator with full recording against
 * sockperf's round trip, each pinned to one core and the same echo server (sockperf's own) to the other, in interleaved pairs with the
 * order drawn by a seeded coin. Twice: as fast as answers come (closed), and paced at a rate, where the generator turns its loop while
 * it waits and sockperf waits actively between its messages.
 * Peer from Debian: sockperf.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median, seededCoin } from '../statistics.mjs';

const pairs = 7;
const seconds = 2;
const messageBytes = 64;
const pacedPerSecond = 5000;
const [serverCore, generatorCore] = [0, 1];
/** util-linux. */
const pin = 'taskset';
const generator = fileURLToPath(new URL('./pingPongGenerator.mjs', import.meta.url));

/** @param protocol 'tcp' or 'udp'. */
export async function pingPong(protocol, port) {
  const where = [...(protocol === 'tcp' ? ['--tcp'] : []), '-i', '127.0.0.1', '-p', String(port)];
  const server = spawn(pin, ['-c', String(serverCore), 'sockperf', 'server', ...where], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const failed = once(server, 'close').then(() => {
    throw new Error('sockperf cannot be started; apt-get install sockperf.');
  });
  try {
    await Promise.race([saysItIsReady(server), failed]);
    return compare(protocol, port, where);
  } finally {
    failed.catch(() => undefined);
    server.kill('SIGKILL');
  }
}

async function saysItIsReady(server) {
  for await (const chunk of server.stdout) if (/test end|Running|block on/i.test(String(chunk))) return;
}

function compare(protocol, port, where) {
  const coin = seededCoin(4);
  const kinds = { closed: 0, paced: pacedPerSecond };
  const medians = { closed: { slowpath: [], sockperf: [] }, paced: { slowpath: [], sockperf: [] } };
  for (let pair = 0; pair < pairs; pair++) {
    for (const [kind, ratePerSecond] of Object.entries(kinds)) {
      for (const peer of coin() ? ['slowpath', 'sockperf'] : ['sockperf', 'slowpath']) {
        const measure = peer === 'slowpath' ? measureOwn : measureSockperf;
        medians[kind][peer].push(measure({ protocol, port, where, ratePerSecond }));
      }
    }
  }
  const ratios = (kind) => medians[kind].slowpath.map((us, pair) => us / medians[kind].sockperf[pair]);
  const rows = { pairs };
  for (const kind of Object.keys(kinds)) {
    rows[`${kind}Ratio`] = round(median(ratios(kind)));
    rows[`${kind}Lowest`] = round(Math.min(...ratios(kind)));
    rows[`${kind}Highest`] = round(Math.max(...ratios(kind)));
    for (const peer of ['slowpath', 'sockperf']) rows[`${kind}${peer}P50Us`] = round(median(medians[kind][peer]));
  }
  return {
    name: `${protocol.toUpperCase()} ping-pong, ${messageBytes} bytes, full recording: p50 against sockperf, closed and at ${pacedPerSecond}/s`,
    reach: '≤ 1.10 ×',
    rows,
  };
}

/** @returns µs. */
function measureOwn({ protocol, port, ratePerSecond }) {
  const args = [generator, protocol, port, seconds, messageBytes, ratePerSecond].map(String);
  return Number(execFileSync(pin, ['-c', String(generatorCore), process.execPath, ...args], { encoding: 'utf8' }));
}

/** @returns µs. */
function measureSockperf({ where, ratePerSecond }) {
  const rate = ratePerSecond === 0 ? 'max' : ratePerSecond;
  const what = ['-m', messageBytes, '-t', seconds, `--mps=${rate}`, '--full-rtt'].map(String);
  const args = ['-c', String(generatorCore), 'sockperf', 'ping-pong', ...where, ...what];
  const out = execFileSync(pin, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const us = Number(/percentile 50\.0+ =\s*([\d.]+)/.exec(out)?.[1]);
  if (!(us > 0) || !/dropped messages = 0/.test(out)) throw new Error(`sockperf failed:\n${out}`);
  return us;
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}
