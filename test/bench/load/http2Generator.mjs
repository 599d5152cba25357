/** The generator's part of the HTTP/2 benchmark, in a process that can be pinned: pool, driver, ring and recorder thread. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nowUs } from '../../../src/load/clock.ts';
import { newHttp2Driver } from '../../../src/load/drivers/http2/driver.ts';
import { prepareHttp2Request } from '../../../src/load/drivers/http2/request.ts';
import { Pool } from '../../../src/load/pool.ts';
import { RecorderThread } from '../../../src/load/recorderThread.ts';
import { newRingMemory, RingWriter } from '../../../src/load/ring.ts';
import { Outcome } from '../../../src/load/result.ts';

const [port, streams, seconds] = process.argv.slice(2).map(Number);
const dir = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
const ringMemory = newRingMemory();
const ring = new RingWriter(ringMemory);
const recorder = new RecorderThread(fileURLToPath(new URL('../../../src/load/recorder.ts', import.meta.url)), {
  ring: ringMemory,
  dir,
  endpoints: ['get'],
  rowLimit: 2_000_000,
  slowestKept: 2000,
  seed: 1,
});
const template = { name: 'get', method: 'GET', path: '/', headers: {}, body: null, weight: 1 };
const driver = newHttp2Driver({
  endpoint: { address: '127.0.0.1', port },
  tls: null,
  requests: [prepareHttp2Request(new URL(`http://127.0.0.1:${port}`), template)],
  streamsPerConnection: streams,
  connectTimeoutUs: 1e6,
  traceOf: null,
});
let [answers, failures] = [0, 0];
let stopped = false;
const pool = new Pool({
  driver,
  lanes: streams,
  timeoutUs: 5e6,
  record: (row) => {
    if (row.outcome === Outcome.ok) answers++;
    else failures++;
    ring.push(row);
  },
  onFree: (atUs) => {
    if (!stopped) pool.submit(atUs, nowUs(), 0);
  },
});
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
for (let lane = 0; lane < streams; lane++) pool.open(lane);
await pause(200);
recorder.setWindow(nowUs() + 1e6, nowUs() + 1e6 + seconds * 1e6);
for (let lane = 0; lane < streams; lane++) pool.submit(nowUs(), nowUs(), 0);
await pause(1000);
const [before, fromUs] = [answers, nowUs()];
await pause(seconds * 1000);
const rate = (answers - before) / ((nowUs() - fromUs) / 1e6);
stopped = true;
if (failures > 0 || ring.dropped > 0)
  throw new Error(`${failures} requests failed, ${ring.dropped} rows were dropped.`);
pool.stop();
await recorder.finish();
rmSync(dir, { recursive: true, force: true });
process.stdout.write(String(rate));
process.exit(0);
