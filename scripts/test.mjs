/**
 * `npm test`: every suite, on a machine with only Node and npm. Ends with `N passed, N failed`.
 * `npm test -- unit/plan editor` runs only the suites whose name begins with one of the words.
 */
import { root, say, setUp } from './lib/setUp.mjs';
import { runTests } from './lib/nodeTests.mjs';
import { tonicBuild } from './lib/tonicService.mjs';
import { spawn } from 'node:child_process';
import { availableParallelism, constants, setPriority } from 'node:os';

await setUp();
// Only now: an older Node, which setUp leaves behind, has no such export.
const { globSync } = await import('node:fs');

const chosen = process.argv.slice(2);
const total = { passed: 0, failures: [], skipped: [], repeated: [] };

/** Suites that start services, clients or browsers and measure them; the others compute. */
const measuring = new Set(['unit/advice', 'unit/cli', 'unit/load', 'unit/run', 'unit/target', 'editor', 'e2e']);
const rooms = new Set(globSync('test/unit/*/**/*.test.ts', { cwd: root }).map((file) => file.split(/[\\/]/)[2]));
/** The files of each suite that is wanted. */
const suites = new Map(
  [
    ['unit', 'test/unit/*.test.ts'],
    ...[...rooms].sort().map((room) => [`unit/${room}`, `test/unit/${room}/**/*.test.ts`]),
    ['scripts', 'test/scripts/**/*.test.mjs'],
    ['editor', 'test/editor/*.test.ts'],
    ['e2e', 'test/e2e/*.test.ts'],
  ]
    .filter(([name]) => wanted(name))
    .map(([name, pattern]) => [name, globSync(pattern, { cwd: root }).map((file) => file.replaceAll('\\', '/'))]),
);

// What the last suites need is fetched meanwhile: that waits for the network and the disk.
const fetched = fetchTools();
// The checks of the sources take the CPU time that tests leave, and most tests wait; those that are to run alone wait for the checks.
const checked = Promise.all([
  checkSources(['lint']),
  checkSources(['format', 'types', 'rooms', 'unused']).then(buildTonicService),
]);
await check('build', process.execPath, ['scripts/build.mjs']);
await check('package', process.execPath, ['scripts/package.mjs']);
await run(
  [...suites.keys()].filter((name) => !measuring.has(name)),
  { concurrency: availableParallelism() },
);
await fetched;
// One file more than there are CPUs leaves fewer of them idle.
await run(
  [...suites.keys()].filter((name) => measuring.has(name)),
  {
    measures: true,
    concurrency: availableParallelism() + 1,
    quiet: checked,
  },
);
await checked;

for (const { name } of total.repeated) say(`passed only the second time: ${name}`);
for (const { name } of total.failures) say(`failed: ${name}`);
for (const name of total.skipped) say(`SKIPPED: ${name}`);
const skipped = total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : '';
process.stdout.write(`${total.passed} passed, ${total.failures.length} failed${skipped}\n`);
process.exitCode = total.failures.length > 0 ? 1 : 0;

/** Runs suites as one, so that none waits for the longest file of another, and tells of each. */
async function run(names, how) {
  const counts = await runTests(
    names.flatMap((name) => suites.get(name)),
    { root, measures: false, ...how },
  );
  const rest = new Map(counts);
  for (const name of names) {
    const own = suites.get(name).flatMap((file) => (rest.has(file) ? [[file, rest.get(file)]] : []));
    for (const [file] of own) rest.delete(file);
    tellSuite(name, own);
  }
  // What the runner says of none of them is said all the same.
  if (rest.size > 0) tellSuite('others', [...rest]);
}

function tellSuite(name, counts) {
  const suite = { passed: 0, failures: [], skipped: [], repeated: [], ms: 0 };
  for (const [file, each] of counts) {
    const named = (failure) => ({ ...failure, name: `${file} ${failure.name}`.trim() });
    suite.passed += each.passed;
    suite.failures.push(...each.failures.map(named));
    suite.repeated.push(...each.repeated.map(named));
    suite.skipped.push(...each.skipped.map((test) => `${file} ${test}`));
    suite.ms += each.ms;
  }
  total.passed += suite.passed;
  for (const key of ['failures', 'skipped', 'repeated']) total[key].push(...suite[key]);
  for (const failure of suite.repeated) tell('passed only the second time', failure);
  for (const failure of suite.failures) tell('failed', failure);
  const { passed, failures, skipped, ms } = suite;
  const took = `${(ms / 1000).toFixed(1)} s in ${counts.length} files`;
  say(`${name}: ${passed} passed, ${failures.length} failed, ${skipped.length} skipped (${took})`);
}

function tell(how, { name, error }) {
  say(`${how}: ${name}`);
  if (error) process.stdout.write(`${error.replaceAll(/^/gm, '    ')}\n`);
}

async function checkSources(names) {
  for (const name of names)
    await check(name, 'npm', ['run', '--silent', `check:${name}`], constants.priority.PRIORITY_LOW);
}

/** A minute of compiling, at its first time: the test would do it with nothing beside it. What goes wrong here is told there. */
async function buildTonicService() {
  if (!wanted('unit/target')) return;
  const { command, args, cwd } = tonicBuild;
  await ended(spawn(command, args, { cwd, stdio: 'ignore' }), constants.priority.PRIORITY_LOW);
}

/** The workbench and the browser. What goes wrong here is told by the suites that need them. */
async function fetchTools() {
  if (!['editor', 'e2e'].some(wanted)) return;
  const tools = new URL('./lib/tools.mjs', import.meta.url);
  const script = `import(${JSON.stringify(tools)}).then(({ ensureTools }) => ensureTools())`;
  const child = spawn(process.execPath, ['-e', script], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  await ended(child);
}

/** @returns the exit code of a process, or why there is none. */
function ended(child, priority) {
  if (child.pid !== undefined && priority !== undefined) setPriority(child.pid, priority);
  return new Promise((done) => child.on('error', done).on('close', done));
}

/** A tool that is content or not: one test. What it prints is shown when it is not. */
async function check(name, command, args, priority) {
  if (!wanted(name)) return;
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => printed.push(chunk));
  const code = await ended(child, priority);
  const passed = code === 0;
  if (code instanceof Error) printed.push(Buffer.from(`${code.message}\n`));
  if (passed) total.passed++;
  else total.failures.push({ name, error: '' });
  if (!passed || name === 'package') process.stdout.write(Buffer.concat(printed));
  say(`${name}: ${passed ? 'ok' : 'FAILED'} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

function wanted(name) {
  return chosen.length === 0 || chosen.some((word) => name.startsWith(word));
}
