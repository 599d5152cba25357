/**
 * Ping-pong of 64 bytes over TCP or UDP, one request at a time: median service time of the generator with full recording against
 * sockperf's round trip, sockperf's own server echoing. Twice: as fast as answers come (closed), and paced at a rate, where the generator
 * turns its loop while it waits and sockperf waits actively between its messages.
 */
import { freePort, generate, whileServing } from './cores.mjs';
import { inRounds, ratioFigure } from './figures.mjs';
import { measureOwn } from './own.mjs';
import { command } from './peers.mjs';

const seconds = 2;
const messageBytes = 64;
const pacedPerSecond = 5000;
const kinds = {
  closed: { rounds: 7, ratePerSecond: null, says: 'closed' },
  paced: { rounds: 3, ratePerSecond: pacedPerSecond, says: `at ${pacedPerSecond}/s` },
};

/** @param protocol 'tcp' or 'udp'. */
export async function pingPong(protocol) {
  const path = command('sockperf');
  const port = await freePort();
  const where = [...(protocol === 'tcp' ? ['--tcp'] : []), '-i', '127.0.0.1', '-p', port];
  return whileServing({ path, args: ['server', ...where], ready: /test end|Running|block on/i }, async () => {
    const figures = [];
    for (const { rounds, ratePerSecond, says } of Object.values(kinds)) {
      const { ours, peers } = await inRounds(rounds, 4, {
        ours: () => ownP50Us(protocol, port, ratePerSecond),
        peers: () => sockperfP50Us(path, where, ratePerSecond),
      });
      figures.push(
        ratioFigure({
          work: `${protocol.toUpperCase()} ping-pong, ${messageBytes} bytes, ${says}`,
          against: 'sockperf',
          quantity: 'p50 of the round trip, µs',
          asked: { most: 1.1 },
          ours,
          peers,
        }),
      );
    }
    return figures;
  });
}

async function ownP50Us(protocol, port, ratePerSecond) {
  const { latencyUs } = await measureOwn(`${protocol}://127.0.0.1:${port}`, {
    protocol,
    request: { body: sockperfMessage().toString('base64'), bodyEncoding: 'base64' },
    framing: protocol === 'tcp' ? { kind: 'fixed', bytes: messageBytes } : null,
    sequence: protocol === 'udp' ? 'none' : null,
    arrivals: ratePerSecond === null ? { model: 'closed', concurrency: 1 } : { model: 'constant', ratePerSecond },
    connections: 1,
    warmupUs: 1e6,
    durationUs: seconds * 1e6,
  });
  return latencyUs.service.p50;
}

/** It answers what has its header: a number (64 bits), flags (16: from a client, who wants an answer), a length (32). */
function sockperfMessage() {
  const message = Buffer.alloc(messageBytes);
  message.writeUInt16BE(3, 8);
  message.writeUInt32BE(messageBytes, 10);
  return message;
}

async function sockperfP50Us(path, where, ratePerSecond) {
  const what = ['-m', messageBytes, '-t', seconds, `--mps=${ratePerSecond ?? 'max'}`, '--full-rtt'];
  const out = await generate(path, ['ping-pong', ...where, ...what]);
  const us = Number(/percentile 50\.0+ =\s*([\d.]+)/.exec(out)?.[1]);
  if (!(us > 0) || !/dropped messages = 0/.test(out)) throw new Error(`sockperf failed:\n${out}`);
  return us;
}
