/**
 * The generators of the gRPC benchmark, each in a process that can be pinned: `lean` and `grpc-js` are ours with pool, ring and recorder thread,
 * `loop` is a plain @grpc/grpc-js client that asks again as soon as it is answered. Prints calls a second and CPU µs a call.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nowUs } from '../../../src/load/clock.ts';
import { loadProtoFiles } from '../../../src/load/drivers/grpc/protoFiles.ts';
import { Pool } from '../../../src/load/pool.ts';
import { RecorderThread } from '../../../src/load/recorderThread.ts';
import { Outcome } from '../../../src/load/result.ts';
import { newRingMemory, RingWriter } from '../../../src/load/ring.ts';

const [kind, ...numbers] = process.argv.slice(2);
const [port, channels, streams, seconds] = numbers.map(Number);
const warmUpMs = 1500;
const protos = fileURLToPath(new URL('../../fixtures/services/grpc', import.meta.url));
const method = (await loadProtoFiles({ files: ['echo.proto'], includeDirs: [protos] })).method(
  'slowpath.echo.Echo/Say',
);
/** 100 bytes with its field's head. */
const message = method.encode({ payload: Buffer.alloc(98, 'x').toString('base64') });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

let [answers, failures] = [0, 0];
const stop = kind === 'loop' ? await startLoop() : await startOwn();
await pause(warmUpMs);
const [before, fromUs, cpu] = [answers, nowUs(), process.cpuUsage()];
await pause(seconds * 1000);
const [calls, us, { user, system }] = [answers - before, nowUs() - fromUs, process.cpuUsage(cpu)];
await stop();
if (failures > 0) throw new Error(`${failures} calls failed.`);
process.stdout.write(JSON.stringify({ perSecond: (calls / us) * 1e6, cpuUsPerCall: (user + system) / calls }));
process.exit(0);

/** The load's own parts, with full recording. */
async function startOwn() {
  const { newGrpcJsDriver } = await import('../../../src/load/drivers/grpc/grpcJs.ts');
  const { newGrpcDriver } = await import('../../../src/load/drivers/grpc/lean.ts');
  const dir = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const memory = newRingMemory();
  const ring = new RingWriter(memory);
  const recorder = new RecorderThread(fileURLToPath(new URL('../../../src/load/recorder.ts', import.meta.url)), {
    ring: memory,
    dir,
    endpoints: ['say'],
    rowLimit: 2_000_000,
    slowestKept: 2000,
    seed: 1,
  });
  const newDriver = kind === 'lean' ? newGrpcDriver : newGrpcJsDriver;
  const { path, clientStreaming, serverStreaming } = method;
  const driver = newDriver({
    target: { endpoint: { address: '127.0.0.1', port }, authority: `localhost:${port}`, tls: null },
    calls: [{ path, clientStreaming, serverStreaming, messages: [message], metadata: [] }],
    streamsPerChannel: streams,
    deadlineUs: null,
    connectTimeoutUs: 5e6,
    maxAnswerBytes: 4 << 20,
    traceparent: null,
  });
  let stopped = false;
  const lanes = channels * streams;
  const pool = new Pool({
    driver,
    lanes,
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
  for (let lane = 0; lane < lanes; lane++) pool.open(lane);
  await pause(300);
  recorder.setWindow(nowUs() + warmUpMs * 1000, nowUs() + (warmUpMs + seconds * 1000) * 1000);
  for (let lane = 0; lane < lanes; lane++) pool.submit(nowUs(), nowUs(), 0);
  return async () => {
    stopped = true;
    if (ring.dropped > 0) throw new Error(`${ring.dropped} rows were dropped.`);
    const failed = failures;
    pool.stop();
    failures = failed;
    await recorder.finish();
    rmSync(dir, { recursive: true, force: true });
  };
}

/** What one would write by hand: makes its message anew and reads the answer each time, and records nothing. */
async function startLoop() {
  const { default: grpc } = await import('@grpc/grpc-js');
  const { loadSync } = await import('@grpc/proto-loader');
  const definition = loadSync(join(protos, 'echo.proto'), { keepCase: true });
  const { Echo } = grpc.loadPackageDefinition(definition).slowpath.echo;
  const payload = Buffer.alloc(98, 'x');
  let stopped = false;
  const clients = Array.from(
    { length: channels },
    () => new Echo(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 }),
  );
  const ask = (client) => {
    client.Say({ payload }, (error) => {
      if (stopped) return;
      if (error) failures++;
      else answers++;
      ask(client);
    });
  };
  for (const client of clients) for (let stream = 0; stream < streams; stream++) ask(client);
  return () => {
    stopped = true;
  };
}
