/**
 * What one would write by hand, in a process that can be pinned: a plain @grpc/grpc-js client that makes its message anew, reads the
 * answer, asks again, and records nothing. Prints calls a second.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const [port, channels, streams, seconds] = process.argv.slice(2).map(Number);
const warmUpMs = 1500;
const proto = join(import.meta.dirname, '../../fixtures/services/grpc/echo.proto');
const { Echo } = grpc.loadPackageDefinition(loadSync(proto, { keepCase: true })).slowpath.echo;
const payload = Buffer.alloc(98, 'x');

let [answers, failures] = [0, 0];
for (let channel = 0; channel < channels; channel++) {
  const address = `127.0.0.1:${port}`;
  const client = new Echo(address, grpc.credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  for (let stream = 0; stream < streams; stream++) ask(client);
}
await sleep(warmUpMs);
const [before, fromMs] = [answers, performance.now()];
await sleep(seconds * 1000);
const [calls, ms] = [answers - before, performance.now() - fromMs];
if (failures > 0) throw new Error(`${failures} calls failed.`);
process.stdout.write(String((calls / ms) * 1000), () => process.exit(0));

function ask(client) {
  client.Say({ payload }, (error) => {
    if (error) failures++;
    else answers++;
    ask(client);
  });
}
