/** The generator's part of the ping-pong benchmarks, in a process that can be pinned: one load as `slowpath run` offers it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runLoad } from '../../../src/load/run.ts';
import { httpLoad, requestTemplate } from '../../fixtures/load.ts';

const protocol = process.argv[2];
const [port, seconds, messageBytes, ratePerSecond] = process.argv.slice(3).map(Number);
// sockperf answers what has its header: a number (64 bits), flags (16: from a client, who wants an answer), a length (32).
const message = Buffer.alloc(messageBytes);
message.writeUInt16BE(3, 8);
message.writeUInt32BE(messageBytes, 10);
const dir = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
const { counts, latencyUs } = await runLoad(
  httpLoad(`${protocol}://127.0.0.1:${port}`, {
    protocol,
    requests: [requestTemplate({ body: message.toString('base64'), bodyEncoding: 'base64' })],
    framing: protocol === 'tcp' ? { kind: 'fixed', bytes: messageBytes } : null,
    sequence: protocol === 'udp' ? 'none' : null,
    arrivals: ratePerSecond === 0 ? { model: 'closed', concurrency: 1 } : { model: 'constant', ratePerSecond },
    connections: 1,
    warmupUs: 1e6,
    durationUs: seconds * 1e6,
  }),
  { dir, signal: new AbortController().signal, onProgress: () => undefined, onPhase: () => undefined },
);
rmSync(dir, { recursive: true, force: true });
if (counts.errors + counts.timeouts > 0) throw new Error(`Requests failed: ${JSON.stringify(counts)}`);
process.stdout.write(String(latencyUs.service.p50));
