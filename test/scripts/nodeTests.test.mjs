import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runSuite } from '../../scripts/lib/nodeTests.mjs';

/** What a suite of the given texts counts, with the names of its failures only; run outside this test's own runner. */
function suiteOf(t, texts, { measures, concurrency = 1 }) {
  const root = mkdtempSync(join(tmpdir(), 'slowpath-suite-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const { NODE_TEST_CONTEXT: within } = process.env;
  delete process.env.NODE_TEST_CONTEXT;
  if (within !== undefined) t.after(() => void (process.env.NODE_TEST_CONTEXT = within));
  for (const [name, text] of Object.entries(texts))
    writeFileSync(join(root, name), `import { test } from 'node:test';\nimport fs from 'node:fs';\n${text}`);
  const counts = runSuite(Object.keys(texts), { root, measures, concurrency, output: 'ignore' });
  const names = (failures) => failures.map(({ name }) => name);
  return { ...counts, failures: names(counts.failures), repeated: names(counts.repeated) };
}

const good = `test('good', () => {});`;
const bad = `test('bad', () => { throw new Error('always'); });`;
const once = `test('hiccup', () => {
  if (fs.existsSync('seen')) return;
  fs.writeFileSync('seen', '');
  throw new Error('only once');
}); ${good}`;

test('a measuring test that passes the second time counts as passed, by name', (t) => {
  assert.deepEqual(suiteOf(t, { 'a.test.mjs': once, 'b.test.mjs': good }, { measures: true }), {
    passed: 3,
    failures: [],
    skipped: [],
    repeated: ['a.test.mjs hiccup'],
  });
});

test('a test that computes gets no second chance', (t) => {
  const { passed, failures, repeated } = suiteOf(t, { 'a.test.mjs': once }, { measures: false });
  assert.deepEqual({ passed, failures, repeated }, { passed: 1, failures: ['a.test.mjs hiccup'], repeated: [] });
});

test('what fails twice has failed', (t) => {
  const { passed, failures, repeated } = suiteOf(t, { 'a.test.mjs': bad + good }, { measures: true });
  assert.deepEqual({ passed, failures, repeated }, { passed: 1, failures: ['a.test.mjs bad'], repeated: [] });
});

test('many failing files are not repeated', (t) => {
  const texts = Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [`${name}.test.mjs`, once.replaceAll('seen', name)]),
  );
  assert.equal(suiteOf(t, texts, { measures: true }).failures.length, 6);
});

test('a file that ends its process, and one that cannot be read, fail', (t) => {
  assert.equal(suiteOf(t, { 'a.test.mjs': 'process.exit(3);' }, { measures: true }).failures.length, 1);
  assert.equal(suiteOf(t, { 'a.test.mjs': 'import "./none.mjs";' }, { measures: false }).failures.length, 1);
});

test('skipped and to-do tests are named', (t) => {
  const text = `test('later', { skip: 'no tool' }, () => {}); test('soon', { todo: true }, () => {});`;
  assert.deepEqual(suiteOf(t, { 'a.test.mjs': text }, { measures: true }).skipped, [
    'a.test.mjs later',
    'a.test.mjs soon',
  ]);
});

test('files that are to run alone run when all others have ended, one by one', (t) => {
  /** Fails when another file runs meanwhile that says so, or when fewer than `before` have ended. */
  const lonely = (before) => `test('alone', async () => {
    fs.writeFileSync('busy', '', { flag: 'wx' });
    await new Promise((done) => setTimeout(done, 200));
    const ended = fs.readdirSync('.').filter((name) => name.endsWith('.ended'));
    if (ended.length < ${before}) throw new Error(ended.join());
    fs.rmSync('busy');
  });`;
  /** Passes only while the other of the pair runs too. */
  const paired = (own, other) => `test('together', async () => {
    fs.writeFileSync('${own}.begun', '');
    while (!fs.existsSync('${other}.begun')) await new Promise((done) => setTimeout(done, 10));
    fs.writeFileSync('${own}.ended', '');
  });`;
  const texts = {
    'a.alone.test.mjs': lonely(2),
    'b.test.mjs': paired('b', 'd'),
    'c.alone.test.mjs': lonely(2),
    'd.test.mjs': paired('d', 'b'),
  };
  const { passed, failures } = suiteOf(t, texts, { measures: true, concurrency: 2 });
  assert.deepEqual({ passed, failures }, { passed: 4, failures: [] });
});

test('what a test file is compiled to is kept; the services it starts are not told', (t) => {
  const text = `import { getCompileCacheDir } from 'node:module';
    test('kept', () => { if (getCompileCacheDir() === undefined) throw new Error('not kept'); });
    test('for itself', () => { if (process.env.NODE_COMPILE_CACHE !== undefined) throw new Error('told'); });`;
  const { passed, failures } = suiteOf(t, { 'a.test.mjs': text }, { measures: false });
  assert.deepEqual({ passed, failures }, { passed: 2, failures: [] });
});
