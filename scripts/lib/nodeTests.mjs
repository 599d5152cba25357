/**
 * Files of node:test, counted test by test.
 *
 * A test that measures (a real service, a real browser, a real clock) can fail because the machine was busy with something else for
 * the one second that mattered. Such failing files run once more by themselves; what fails again has failed, and what passes
 * then is named in the summary, so that a test which needs it often is seen and mended.
 *
 * Of those, the files named `*.alone.test.*` run one after the other, with nothing beside them: they compare what a clock said
 * with a formula or with bounds, and another test would take the CPU they are timed on, or they need all of it themselves. The others
 * wait more than they compute.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

/** More failing files than this are no hiccup of the machine. */
const mostRepeated = 5;

/** Files that are timed too closely, or do too much, to share the machine. */
const alone = /\.alone\.test\.\w+$/;

/**
 * Runs the files. `concurrency` is how many run at once, but for those that are to run alone: they wait for `quiet`, a promise of what
 * else the caller has running. With `measures` a failing file is repeated, by itself.
 * @returns a map from each file to its `{passed, failures, skipped, repeated, ms}`: a number, the failures and those of the first time
 * that passed the second as `{name, error}`, the names of the skipped, and how long it took.
 */
export async function runTests(files, { root, measures, concurrency = 1, quiet, output = 'inherit' }) {
  const together = files.filter((file) => !alone.test(file));
  const lonely = files.filter((file) => alone.test(file));
  const counts = await runFiles(together, { root, output, concurrency });
  if (lonely.length > 0) await quiet;
  for (const [file, each] of await runFiles(lonely, { root, output, concurrency: 1 })) counts.set(file, each);
  const failing = [...counts].filter(([, { failures }]) => failures.length > 0).map(([file]) => file);
  const known = failing.every((file) => files.includes(file));
  if (!measures || failing.length === 0 || failing.length > mostRepeated || !known) return counts;
  await quiet;
  for (const [file, second] of await runFiles(failing, { root, output, concurrency: 1 })) {
    const first = counts.get(file);
    const still = new Set(second.failures.map(({ name }) => name));
    counts.set(file, { ...second, repeated: first?.failures.filter(({ name }) => !still.has(name)) ?? [] });
  }
  return counts;
}

/** One call of the runner. A file that the runner says nothing of, though it failed, is a failure of its own. */
async function runFiles(files, { root, output, concurrency }) {
  // Without a file the runner would look for some itself.
  if (files.length === 0) return new Map();
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-test-'));
  const countsFile = join(directory, 'counts.json');
  const child = spawn(
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
  const ended = await new Promise((done) => {
    child.on('error', (error) => done(error.message));
    child.on('close', (code, signal) => done(code ?? signal));
  });
  const counts = new Map(
    Object.entries(readCounts(countsFile)).map(([file, each]) => [inRoot(root, file), { ...each, repeated: [] }]),
  );
  rmSync(directory, { recursive: true, force: true });
  const failed = [...counts.values()].some(({ failures }) => failures.length > 0);
  if (ended !== 0 && !failed) {
    const failure = { name: '', error: `the runner ended with ${ended}` };
    counts.set(files.join(' '), { passed: 0, failures: [failure], skipped: [], repeated: [], ms: 0 });
  }
  return counts;
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
