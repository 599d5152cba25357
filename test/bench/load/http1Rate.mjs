/**
 * HTTP/1.1 at a rate, against nginx: quantiles of service time at 2,000/s beside wrk's own with one connection and no pause, and beside
 * those of the least client there can be at the same rate (pacedClient.c), since a service that rests between requests answers later,
 * whoever asks: over one connection as those two have it (what was held up is then sent one after the other), and over ten (then at once).
 * And how late requests are sent, at 2,000/s and at half of what the generator can do. No core falls idle meanwhile.
 */
import { whileAwake } from './cores.mjs';
import { available, inRounds, ownFigure, ratioFigure } from './figures.mjs';
import { closedLoad } from './http1.mjs';
import { pacedClient, whileNginx, wrk } from './http1Peers.mjs';
import { measureOwn } from './own.mjs';

const rounds = 5;
const seconds = 5;
/** As long as a plan's own default: the compiler is done with both sides by then. */
const warmupUs = 3e6;
const ratePerSecond = 2000;

export function http1Rate() {
  return whileNginx((url) => whileAwake(() => compare(url)));
}

const peers = {
  wrk: 'one closed connection',
  'bare client in C': 'the same rate',
};

async function compare(url) {
  const { measures, missing } = available({
    wrk: () => wrk(url, { connections: 1, seconds }),
    'bare client in C': () => pacedClient(url, { perSecond: ratePerSecond, seconds }),
  });
  const capacity = (await measureOwn(url, closedLoad)).ratePerSecond.achieved;
  const halfPerSecond = Math.round(capacity / 2);
  const found = await inRounds(rounds, 5, {
    one: () => measureOwn(url, atRate(ratePerSecond, 1)),
    several: () => measureOwn(url, atRate(ratePerSecond)),
    half: () => measureOwn(url, atRate(halfPerSecond)),
    ...measures,
  });
  const service = Object.entries(peers).flatMap(([peer, says]) =>
    [
      ['over one connection', found.one],
      [`over ${closedLoad.connections} connections`, found.several],
    ].flatMap(([over, ours]) =>
      [
        ['p50', 'p50Us', 1.15],
        ['p99', 'p99Us', 1.5],
      ].map(([quantile, ofPeer, most]) =>
        ratioFigure({
          work: `HTTP/1.1 at ${ratePerSecond}/s ${over}, against ${says}`,
          against: peer,
          quantity: `${quantile} of service time, µs`,
          asked: { most },
          ours: ours.map(({ latencyUs }) => latencyUs.service[quantile]),
          peers: found[peer]?.map((measured) => measured[ofPeer]),
          skipped: missing[peer],
        }),
      ),
    ),
  );
  const lags = [
    [`HTTP/1.1 at ${ratePerSecond}/s`, found.several],
    [`HTTP/1.1 at half of capacity (${halfPerSecond}/s)`, found.half],
  ].flatMap(([work, results]) => [
    ownFigure({
      work,
      quantity: 'p50 of send lag',
      asked: { most: 20 },
      unit: 'µs',
      values: results.map(({ latencyUs }) => latencyUs.sendLag.p50),
    }),
    ownFigure({
      work,
      quantity: 'achieved beside offered, apart by',
      asked: { most: 0.1 },
      unit: '%',
      values: results.map(({ ratePerSecond: { achieved, offered } }) => Math.abs(achieved / offered - 1) * 100),
    }),
  ]);
  return [...service, ...lags];
}

function atRate(perSecond, connections = closedLoad.connections) {
  return {
    arrivals: { model: 'constant', ratePerSecond: perSecond },
    connections,
    warmupUs,
    durationUs: seconds * 1e6,
  };
}
