/**
 * `npm run bench [-- NAME…]`: every benchmark, or those whose names begin so (`load` for all of the load's), printed as ratios and kept in
 * test/bench/results with the machine's fingerprint. `load-memory 10` lasts ten minutes.
 */
import { root, setUp } from '../../scripts/lib/setUp.mjs';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

await setUp();
if (spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' }).status !== 0) process.exit(1);

const { linesOf, part } = await import('./load/load.mjs');
const loads = {
  'load-http1': () => part('HTTP/1.1 closed, full recording', async () => (await import('./load/http1.mjs')).http1()),
  'load-rate': () =>
    part('HTTP/1.1 at a rate, full recording', async () => (await import('./load/http1Rate.mjs')).http1Rate()),
  'load-http2': () => part('HTTP/2 closed, full recording', async () => (await import('./load/http2.mjs')).http2()),
  'load-grpc': () => part('gRPC unary, closed, full recording', async () => (await import('./load/grpc.mjs')).grpc()),
  'load-tcp': () =>
    part('TCP ping-pong, full recording', async () => (await import('./load/pingPong.mjs')).pingPong('tcp')),
  'load-memory': () =>
    part('HTTP/1.1 for minutes, full recording', async () => (await import('./load/memory.mjs')).memory(minutes)),
  'load-udp': () =>
    part('UDP ping-pong, full recording', async () => (await import('./load/pingPong.mjs')).pingPong('udp')),
};
const benchmarks = {
  openProfile: async () => (await import('./openProfile.mjs')).openProfile(),
  'profile-viewer': () =>
    part('the viewer on a million samples', async () => (await import('./profile/viewer.mjs')).viewer()),
  editor: () => part('the extension in its host', async () => (await import('./editor/host.mjs')).editorHost()),
  heat: () => part('heat of a long file in the editor', async () => (await import('./editor/heat.mjs')).lineHeat()),
  perfScript: async () => (await import('./profile/perfScript.mjs')).perfScript(),
  zerox: async () => (await import('./profile/zerox.mjs')).zerox(),
  'large-files': async () => (await import('./profile/largeInEditor.mjs')).largeInEditor(),
  fuzz: async () => (await import('./profile/fuzz.mjs')).fuzz(),
  overhead: async () => (await import('./overhead.mjs')).overhead(),
  ...loads,
};
/** A number among the names: the minutes of benchmarks that last as long as one likes. */
const [minutes = 1] = process.argv
  .slice(2)
  .map(Number)
  .filter((number) => number > 0);
const chosen = process.argv.slice(2).filter((name) => !(Number(name) > 0));
const machine = {
  cpu: cpus()[0]?.model,
  cpus: cpus().length,
  memoryBytes: totalmem(),
  kernel: release(),
  node: process.version,
};
const results = join(root, 'test/bench/results');

mkdirSync(results, { recursive: true });
const measured = Object.keys(benchmarks).filter(
  (name) => chosen.length === 0 || chosen.some((begin) => name.startsWith(begin)),
);
for (const name of measured) {
  const result = await benchmarks[name]();
  process.stdout.write(`${result.name}\n`);
  const lines = result.figures
    ? linesOf(result)
    : [`to reach: ${result.reach}`, ...Object.entries(result.rows).map(([key, value]) => `${key}: ${value}`)];
  for (const line of lines) process.stdout.write(`  ${line}\n`);
  if (result.failed) process.exitCode = 1;
  const record = { command: `npm run bench -- ${name}`, at: new Date().toISOString(), machine, ...result };
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
}
if (measured.some((name) => name in loads)) {
  const { writeTable } = await import('./load/table.mjs');
  writeTable(join(root, 'README.md'), results, Object.keys(loads));
}
