/**
 * `npm test`: every suite, on a machine with only Node and npm. Ends with `N passed, N failed`.
 * `npm test -- unit/plan editor` runs only the suites whose name begins with one of the words.
 */
import { root, say, setUp } from './lib/setUp.mjs';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

await setUp();
// Only now: an older Node, which setUp leaves behind, has no such export.
const { globSync } = await import('node:fs');

const chosen = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: [], failures: [] };

for (const name of ['format', 'lint', 'types', 'rooms', 'unused'])
  check(name, 'npm', ['run', '--silent', `check:${name}`]);
check('build', process.execPath, ['scripts/build.mjs']);
check('package', process.execPath, ['scripts/package.mjs']);

const rooms = new Set(globSync('test/unit/**/*.test.ts', { cwd: root }).map((file) => file.split(/[\\/]/)[2]));
for (const room of [...rooms].sort()) nodeTests(`unit/${room}`, `test/unit/${room}/**/*.test.ts`);
nodeTests('scripts', 'test/scripts/**/*.test.mjs');
nodeTests('editor', 'test/editor/*.test.ts');
nodeTests('e2e', 'test/e2e/*.test.ts');

for (const name of total.failures) say(`failed: ${name}`);
for (const name of total.skipped) say(`SKIPPED: ${name}`);
const skipped = total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : '';
process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** A tool that is content or not: one test. */
function check(name, command, args) {
  if (!wanted(name)) return;
  const started = performance.now();
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  const passed = result.status === 0;
  total[passed ? 'passed' : 'failed']++;
  if (!passed) total.failures.push(name);
  say(`${name}: ${passed ? 'ok' : 'FAILED'} (${seconds(started)})`);
}

/** A suite of node:test files, one file after the other: two measurements at once would disturb each other. */
function nodeTests(name, pattern) {
  const files = wanted(name) ? globSync(pattern, { cwd: root }).sort() : [];
  if (files.length === 0) return;
  const started = performance.now();
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-test-'));
  const countsFile = join(directory, 'counts.json');
  const result = spawnSync(
    process.execPath,
    [
      '--test',
      '--test-concurrency=1',
      '--test-reporter=dot',
      '--test-reporter-destination=stdout',
      `--test-reporter=${new URL('./lib/countingReporter.mjs', import.meta.url)}`,
      `--test-reporter-destination=${countsFile}`,
      ...files,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const counts = readCounts(countsFile);
  rmSync(directory, { recursive: true, force: true });
  if (counts.failed === 0 && result.status !== 0) {
    counts.failed++;
    counts.failures.push(`${name} (the runner ended with ${result.status ?? result.signal})`);
  }
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.failures.push(...counts.failures);
  total.skipped.push(...counts.skipped);
  say(
    `${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped (${seconds(started)})`,
  );
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: [], failures: [] };
  }
}

function wanted(name) {
  return chosen.length === 0 || chosen.some((word) => name.startsWith(word));
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
