/**
 * `npm test`: every suite, on a machine with only Node and npm. Ends with `N passed, N failed`.
 * `npm test -- unit/plan editor` runs only the suites whose name begins with one of the words.
 */
import { root, say, setUp } from './lib/setUp.mjs';
import { runSuite } from './lib/nodeTests.mjs';
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

await setUp();
// Only now: an older Node, which setUp leaves behind, has no such export.
const { globSync } = await import('node:fs');

const chosen = process.argv.slice(2);
const total = { passed: 0, failures: [], skipped: [], repeated: [] };

// The linter takes as long as all the others. What the last suites need is fetched meanwhile: that waits for the network and the disk.
await Promise.all([
  fetchTools(),
  check('lint', 'npm', ['run', '--silent', 'check:lint']),
  checks(['format', 'types', 'rooms', 'unused']).then(async () => {
    await check('build', process.execPath, ['scripts/build.mjs']);
    await check('package', process.execPath, ['scripts/package.mjs']);
  }),
]);

/** Suites that start services, clients or browsers and measure them; the others compute. */
const measuring = new Set(['unit/advice', 'unit/cli', 'unit/load', 'unit/run', 'unit/target', 'editor', 'e2e']);
suite('unit', 'test/unit/*.test.ts');
const rooms = new Set(globSync('test/unit/*/**/*.test.ts', { cwd: root }).map((file) => file.split(/[\\/]/)[2]));
for (const room of [...rooms].sort()) suite(`unit/${room}`, `test/unit/${room}/**/*.test.ts`);
suite('scripts', 'test/scripts/**/*.test.mjs');
suite('editor', 'test/editor/*.test.ts');
suite('e2e', 'test/e2e/*.test.ts');

for (const { name } of total.repeated) say(`passed only the second time: ${name}`);
for (const { name } of total.failures) say(`failed: ${name}`);
for (const name of total.skipped) say(`SKIPPED: ${name}`);
const skipped = total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : '';
process.stdout.write(`${total.passed} passed, ${total.failures.length} failed${skipped}\n`);
process.exitCode = total.failures.length > 0 ? 1 : 0;

function tell(how, { name, error }) {
  say(`${how}: ${name}`);
  if (error) process.stdout.write(`${error.replaceAll(/^/gm, '    ')}\n`);
}

async function checks(names) {
  for (const name of names) await check(name, 'npm', ['run', '--silent', `check:${name}`]);
}

/** The workbench and the browser. What goes wrong here is told by the suites that need them. */
async function fetchTools() {
  if (!['editor', 'e2e'].some(wanted)) return;
  const tools = new URL('./lib/tools.mjs', import.meta.url);
  const script = `import(${JSON.stringify(tools)}).then(({ ensureTools }) => ensureTools())`;
  const child = spawn(process.execPath, ['-e', script], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  await new Promise((done) => child.on('error', done).on('close', done));
}

/** A tool that is content or not: one test. What it prints is shown when it is not. */
async function check(name, command, args) {
  if (!wanted(name)) return;
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => printed.push(chunk));
  const passed = await new Promise((done) => {
    child.on('error', (error) => {
      printed.push(Buffer.from(`${error.message}\n`));
      done(false);
    });
    child.on('close', (code) => done(code === 0));
  });
  if (passed) total.passed++;
  else total.failures.push({ name, error: '' });
  if (!passed || name === 'package') process.stdout.write(Buffer.concat(printed));
  say(`${name}: ${passed ? 'ok' : 'FAILED'} (${seconds(started)})`);
}

function suite(name, pattern) {
  const files = wanted(name) ? globSync(pattern, { cwd: root }).sort() : [];
  if (files.length === 0) return;
  const started = performance.now();
  const counts = runSuite(
    files.map((file) => file.replaceAll('\\', '/')),
    // What measures mostly waits: for a second to pass, for an answer. One file more than there are CPUs leaves fewer of them idle.
    { root, measures: measuring.has(name), concurrency: availableParallelism() + (measuring.has(name) ? 1 : 0) },
  );
  total.passed += counts.passed;
  for (const key of ['failures', 'skipped', 'repeated']) total[key].push(...counts[key]);
  for (const failure of counts.repeated) tell('passed only the second time', failure);
  for (const failure of counts.failures) tell('failed', failure);
  const { passed, failures, skipped } = counts;
  say(`${name}: ${passed} passed, ${failures.length} failed, ${skipped.length} skipped (${seconds(started)})`);
}

function wanted(name) {
  return chosen.length === 0 || chosen.some((word) => name.startsWith(word));
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
