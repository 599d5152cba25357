/**
 * Ping-pong of 64 bytes over TCP or UDP, one request at a time: median service time of the generator with full recording against
 * sockperf's round trip, sockperf's own server echoing, one for each of the two. Twice: as fast as answers come (closed), where the two
 * take turns (of each turn's messages one spans a pause: a median does not feel it), and paced at a rate, one after the other, where the
 * generator turns its loop while it waits and sockperf waits actively between its messages. No core falls idle meanwhile.
 */
import { freePort, generate, whileAwake, whileServing } from './cores.mjs';
import { inRounds, inTurnsOfRounds, ratioFigure } from './figures.mjs';
import { measureOwn } from './own.mjs';
import { command } from './peers.mjs';

const seconds = 2;
const messageBytes = 64;
const pacedPerSecond = 5000;
const kinds = {
  closed: { rounds: 5, ratePerSecond: null, says: 'closed', compare: inTurnsOfRounds },
  paced: { rounds: 5, ratePerSecond: pacedPerSecond, says: `at ${pacedPerSecond}/s`, compare: inRounds },
};

/** @param protocol 'tcp' or 'udp'. */
export function pingPong(protocol) {
  return whileEchoing(protocol, (port) =>
    whileEchoing(protocol, (portOfPeer) => whileAwake(() => compareAll(protocol, port, portOfPeer))),
  );
}

async function compareAll(protocol, port, portOfPeer) {
  const figures = [];
  for (const { rounds, ratePerSecond, says, compare } of Object.values(kinds)) {
    const { ours, peers } = await compare(rounds, 4, {
      ours: (turn) => ownP50Us(protocol, port, ratePerSecond, turn),
      peers: (turn) => sockperfP50Us(protocol, portOfPeer, ratePerSecond, turn),
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
}

async function whileEchoing(protocol, work) {
  const port = await freePort();
  const args = ['server', ...addressOf(protocol, port)];
  return whileServing({ path: command('sockperf'), args, ready: /test end|Running|block on/i }, () => work(port));
}

function addressOf(protocol, port) {
  return [...(protocol === 'tcp' ? ['--tcp'] : []), '-i', '127.0.0.1', '-p', port];
}

async function ownP50Us(protocol, port, ratePerSecond, turn) {
  const load = {
    protocol,
    request: { body: sockperfMessage().toString('base64'), bodyEncoding: 'base64' },
    framing: protocol === 'tcp' ? { kind: 'fixed', bytes: messageBytes } : null,
    sequence: protocol === 'udp' ? 'none' : null,
    arrivals: ratePerSecond === null ? { model: 'closed', concurrency: 1 } : { model: 'constant', ratePerSecond },
    connections: 1,
    warmupUs: 1e6,
    durationUs: seconds * 1e6,
  };
  const { latencyUs } = await measureOwn(`${protocol}://127.0.0.1:${port}`, load, turn);
  return latencyUs.service.p50;
}

/** It answers what has its header: a number (64 bits), flags (16: from a client, who wants an answer), a length (32). */
function sockperfMessage() {
  const message = Buffer.alloc(messageBytes);
  message.writeUInt16BE(3, 8);
  message.writeUInt32BE(messageBytes, 10);
  return message;
}

async function sockperfP50Us(protocol, port, ratePerSecond, { share = 1, onStart } = {}) {
  const what = ['-m', messageBytes, '-t', seconds * share, `--mps=${ratePerSecond ?? 'max'}`, '--full-rtt'];
  const out = await generate(command('sockperf'), ['ping-pong', ...addressOf(protocol, port), ...what], { onStart });
  const us = Number(/percentile 50\.0+ =\s*([\d.]+)/.exec(out)?.[1]);
  if (!(us > 0) || !/dropped messages = 0/.test(out)) throw new Error(`sockperf failed:\n${out}`);
  return us;
}
