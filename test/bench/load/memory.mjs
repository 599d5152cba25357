/**
 * Memory of the generator over minutes at 20,000/s, or what this machine can do if that is less: the largest resident size of the load
 * process (recorder thread, rows and histograms in it), and how much it still grows once the table of requests is full and rows are
 * sampled. `npm run bench -- load-memory 10` runs ten minutes; one without a number.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runLoad } from '../../../src/load/run.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { ownFigure } from './figures.mjs';
import { closedLoad } from './http1.mjs';
import { whileNginx } from './http1Peers.mjs';
import { measureOwn } from './own.mjs';

const wantedPerSecond = 20_000;
const mostMegabytes = 250;
/** Share of the run after which nothing may grow any more: by then the table is full. */
const fullAfter = 0.5;

export function memory(minutes) {
  return whileNginx(async (url) => {
    const capacity = (await measureOwn(url, closedLoad)).ratePerSecond.achieved;
    const ratePerSecond = Math.round(Math.min(wantedPerSecond, capacity * 0.7));
    const seconds = minutes * 60;
    // A short run fills a smaller table, so that it too spends its second half beyond the limit.
    const rowLimit = Math.round(Math.min(2_000_000, ratePerSecond * seconds * fullAfter * 0.8));
    const { megabytes, result } = await watched(url, ratePerSecond, seconds, rowLimit);
    const half = megabytes.slice(Math.floor(megabytes.length * fullAfter));
    const work = `HTTP/1.1, ${result.counts.ok} requests in ${minutes} min, ${ratePerSecond}/s, ${rowLimit} rows kept`;
    const last = half.slice(-Math.ceil(half.length / 4));
    const first = half.slice(0, Math.ceil(half.length / 4));
    return [
      ownFigure({
        work,
        quantity: 'largest resident size',
        asked: { most: mostMegabytes },
        unit: 'MB',
        values: [Math.max(...megabytes)],
      }),
      ownFigure({
        work,
        quantity: 'growth of the mean resident size over the second half (its last quarter less its first)',
        asked: { most: 10 },
        unit: 'MB',
        values: [mean(last) - mean(first)],
      }),
    ];
  });
}

async function watched(url, ratePerSecond, seconds, rowLimit) {
  const dir = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const megabytes = [];
  let watching = null;
  try {
    const load = httpLoad(url, {
      arrivals: { model: 'constant', ratePerSecond },
      connections: closedLoad.connections,
      durationUs: seconds * 1e6,
    });
    const result = await runLoad(load, {
      dir,
      rowLimit,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onPhase: (phase) => {
        if (phase === 'measuring') watching = setInterval(() => megabytes.push(residentMegabytes(process.pid)), 500);
        if (phase === 'draining') clearInterval(watching);
      },
    });
    return { megabytes, result };
  } finally {
    clearInterval(watching);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Of the load process, the one child that is Node. */
function residentMegabytes(parent) {
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const status = read(`/proc/${name}/status`);
    if (!status.includes(`\nPPid:\t${parent}\n`) || read(`/proc/${name}/cmdline`).includes('nginx')) continue;
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
    if (kilobytes !== undefined) return (Number(kilobytes) * 1024) / 1e6;
  }
  throw new Error('The load process is not there.');
}

function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
