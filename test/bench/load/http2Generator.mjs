/** The generator's part of the HTTP/2 benchmark, in a process that can be pinned: one load as `slowpath run` offers it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runLoad } from '../../../src/load/run.ts';
import { httpLoad } from '../../fixtures/load.ts';

const [port, streams, seconds] = process.argv.slice(2, 5).map(Number);
const dir = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
const { counts, ratePerSecond } = await runLoad(
  httpLoad(`http://127.0.0.1:${port}`, {
    protocol: 'http2',
    arrivals: { model: 'closed', concurrency: streams },
    connections: 1,
    streams,
    traceparent: process.argv[5] === 'traced',
    warmupUs: 1e6,
    durationUs: seconds * 1e6,
  }),
  { dir, signal: new AbortController().signal, onProgress: () => undefined, onPhase: () => undefined },
);
rmSync(dir, { recursive: true, force: true });
if (counts.errors + counts.timeouts > 0) throw new Error(`Requests failed: ${JSON.stringify(counts)}`);
process.stdout.write(String(ratePerSecond.achieved));
