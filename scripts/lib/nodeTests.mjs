/**
 * Suites of node:test files, counted test by test.
 *
 * A test that measures (a real service, a real browser, a real clock) can fail because the machine was busy with something else for
 * the one second that mattered. Such a suite's failing files run once more by themselves; what fails again has failed, and what passes
 * then is named in the summary, so that a test which needs it often is seen and mended.
 *
 * Of such a suite, the files named `*.alone.test.*` run one after the other, with nothing beside them: they compare what a clock said
 * with a formula or with bounds, and another test would take the CPU they are timed on, or they need all of it themselves. The others
 * wait more than they compute.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

/** More failing files than this are no hiccup of the machine. */
const mostRepeated = 5;

/** Files that are timed too closely, or do too much, to share the machine. */
const alone = /\.alone\.test\.\w+$/;

/**
 * Runs the files and returns `{passed, failures, skipped, repeated}`: a number, the failures and those of the first time that passed
 * the second as `{name, error}`, and the names of the skipped. `concurrency` is how many files run at once, but for those that are to
 * run alone; with `measures` a failing file is repeated, by itself.
 */
export function runSuite(files, { root, measures, concurrency = 1, output = 'inherit' }) {
  const together = files.filter((file) => !alone.test(file));
  const first = new Map([
    ...runFiles(together, { root, output, concurrency }),
    ...runFiles(
      files.filter((file) => alone.test(file)),
      { root, output, concurrency: 1 },
    ),
  ]);
  const failing = [...first].filter(([, { failures }]) => failures.length > 0).map(([file]) => file);
  const known = failing.every((file) => files.includes(file));
  if (!measures || failing.length === 0 || failing.length > mostRepeated || !known) return total(first, []);
  const second = runFiles(failing, { root, output, concurrency: 1 });
  const still = new Set(total(second, []).failures.map(({ name }) => name));
  const repeated = total(first, []).failures.filter(({ name }) => !still.has(name));
  return total(new Map([...first, ...second]), repeated);
}

/** One call of the runner. A file that the runner says nothing of, though it failed, is a failure of its own. */
function runFiles(files, { root, output, concurrency }) {
  // Without a file the runner would look for some itself.
  if (files.length === 0) return new Map();
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-test-'));
  const countsFile = join(directory, 'counts.json');
  const result = spawnSync(
    process.execPath,
    [
      `--import=${new URL('./keepCompiled.mjs', import.meta.url)}`,
      '--test',
      `--test-concurrency=${concurrency}`,
      `--test-reporter=${new URL('./progressReporter.mjs', import.meta.url)}`,
      '--test-reporter-destination=stdout',
      `--test-reporter=${new URL('./countingReporter.mjs', import.meta.url)}`,
      `--test-reporter-destination=${countsFile}`,
      ...files,
    ],
    { cwd: root, stdio: ['ignore', output, output] },
  );
  const counts = new Map(Object.entries(readCounts(countsFile)).map(([file, each]) => [inRoot(root, file), each]));
  rmSync(directory, { recursive: true, force: true });
  const failed = [...counts.values()].some(({ failures }) => failures.length > 0);
  if (result.status !== 0 && !failed) {
    const failure = { name: '', error: `the runner ended with ${result.status ?? result.signal}` };
    counts.set(files.join(' '), { passed: 0, failures: [failure], skipped: [] });
  }
  return counts;
}

function total(counts, repeated) {
  const all = [...counts];
  return {
    passed: all.reduce((sum, [, { passed }]) => sum + passed, 0),
    failures: all.flatMap(([file, { failures }]) =>
      failures.map(({ name, error }) => ({ name: `${file} ${name}`.trim(), error })),
    ),
    skipped: all.flatMap(([file, { skipped }]) => skipped.map((name) => `${file} ${name}`)),
    repeated,
  };
}

function inRoot(root, file) {
  return relative(root, resolve(root, file)).replaceAll('\\', '/');
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
