/** `npm run bench [-- NAME…]`: every benchmark, printed as ratios and kept in test/bench/results with the machine's fingerprint. */
import { root, setUp } from '../../scripts/lib/setUp.mjs';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

await setUp();
if (spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' }).status !== 0) process.exit(1);

const benchmarks = {
  openProfile: async () => (await import('./openProfile.mjs')).openProfile(),
  http2: async () => (await import('./load/http2.mjs')).http2(),
  grpc: async () => (await import('./load/grpc.mjs')).grpc(),
  perfScript: async () => (await import('./profile/perfScript.mjs')).perfScript(),
  fuzz: async () => (await import('./profile/fuzz.mjs')).fuzz(),
  tcp: async () => (await import('./load/tcp.mjs')).tcp(),
  udp: async () => (await import('./load/udp.mjs')).udp(),
  overhead: async () => (await import('./overhead.mjs')).overhead(),
};
const chosen = process.argv.slice(2);
const machine = {
  cpu: cpus()[0]?.model,
  cpus: cpus().length,
  memoryBytes: totalmem(),
  kernel: release(),
  node: process.version,
};

mkdirSync(join(root, 'test/bench/results'), { recursive: true });
for (const [name, measure] of Object.entries(benchmarks)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const result = await measure();
  process.stdout.write(`${result.name}\n  to reach: ${result.reach}\n`);
  for (const [key, value] of Object.entries(result.rows)) process.stdout.write(`  ${key}: ${value}\n`);
  const record = { command: `npm run bench -- ${name}`, at: new Date().toISOString(), machine, ...result };
  writeFileSync(join(root, 'test/bench/results', `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
}
