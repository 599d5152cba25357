/**
 * HTTP/1.1 closed, ten connections, against nginx: requests a second of the generator with full recording against wrk and autocannon,
 * all three taking turns.
 */
import { available, inTurnsOfRounds, ratioFigure } from './figures.mjs';
import { autocannonOn, whileNginx, wrk } from './http1Peers.mjs';
import { measureOwn } from './own.mjs';

const rounds = 5;
const seconds = 3;
const connections = 10;
const asked = { wrk: { least: 1 }, autocannon: { least: 1.6 } };

export function http1() {
  return whileNginx(async (url) => {
    const shape = { connections, seconds };
    const { measures, missing } = available({
      wrk: () => wrk(url, shape),
      autocannon: () => autocannonOn(url, shape),
    });
    const slowpath = (turn) => measureOwn(url, closedLoad, turn);
    const found = await inTurnsOfRounds(rounds, 1, { slowpath, ...measures });
    const ours = found.slowpath.map(({ ratePerSecond }) => ratePerSecond.achieved);
    return Object.entries(asked).map(([against, bound]) =>
      ratioFigure({
        work: 'HTTP/1.1 closed, 10 connections',
        against,
        quantity: 'requests a second',
        asked: bound,
        ours,
        peers: found[against]?.map(({ perSecond }) => perSecond),
        skipped: missing[against],
      }),
    );
  });
}

export const closedLoad = {
  arrivals: { model: 'closed', concurrency: connections },
  connections,
  warmupUs: 1e6,
  durationUs: seconds * 1e6,
};
