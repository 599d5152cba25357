import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { runTests } from '../../scripts/lib/nodeTests.mjs';

/** What a suite of the given texts counts, with the names of its failures only; run outside this test's own runner. */
async function suiteOf(t, texts, { measures, concurrency = 1, quiet }) {
  const root = mkdtempSync(join(tmpdir(), 'slowpath-suite-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const { NODE_TEST_CONTEXT: within } = process.env;
  delete process.env.NODE_TEST_CONTEXT;
  if (within !== undefined) t.after(() => void (process.env.NODE_TEST_CONTEXT = within));
  for (const [name, text] of Object.entries(texts))
    writeFileSync(join(root, name), `import { test } from 'node:test';\nimport fs from 'node:fs';\n${text}`);
  const counts = await runTests(Object.keys(texts), { root, measures, concurrency, quiet, output: 'ignore' });
  const all = (key) => [...counts].flatMap(([file, each]) => each[key].map((it) => `${file} ${it.name ?? it}`.trim()));
  const passed = [...counts.values()].reduce((sum, each) => sum + each.passed, 0);
  return { passed, failures: all('failures'), skipped: all('skipped'), repeated: all('repeated') };
}

const good = `test('good', () => {});`;
const bad = `test('bad', () => { throw new Error('always'); });`;
const once = `test('hiccup', () => {
  if (fs.existsSync('seen')) return;
  fs.writeFileSync('seen', '');
  throw new Error('only once');
}); ${good}`;

test('a measuring test that passes the second time counts as passed, by name', async (t) => {
  assert.deepEqual(await suiteOf(t, { 'a.test.mjs': once, 'b.test.mjs': good }, { measures: true }), {
    passed: 3,
    failures: [],
    skipped: [],
    repeated: ['a.test.mjs hiccup'],
  });
});

test('a test that computes gets no second chance', async (t) => {
  const { passed, failures, repeated } = await suiteOf(t, { 'a.test.mjs': once }, { measures: false });
  assert.deepEqual({ passed, failures, repeated }, { passed: 1, failures: ['a.test.mjs hiccup'], repeated: [] });
});

test('what fails twice has failed', async (t) => {
  const { passed, failures, repeated } = await suiteOf(t, { 'a.test.mjs': bad + good }, { measures: true });
  assert.deepEqual({ passed, failures, repeated }, { passed: 1, failures: ['a.test.mjs bad'], repeated: [] });
});

test('many failing files are not repeated', async (t) => {
  const texts = Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [`${name}.test.mjs`, once.replaceAll('seen', name)]),
  );
  assert.equal((await suiteOf(t, texts, { measures: true })).failures.length, 6);
});

test('a file that ends its process, and one that cannot be read, fail', async (t) => {
  assert.equal((await suiteOf(t, { 'a.test.mjs': 'process.exit(3);' }, { measures: true })).failures.length, 1);
  assert.equal((await suiteOf(t, { 'a.test.mjs': 'import "./none.mjs";' }, { measures: false })).failures.length, 1);
});

test('skipped and to-do tests are named', async (t) => {
  const text = `test('later', { skip: 'no tool' }, () => {}); test('soon', { todo: true }, () => {});`;
  assert.deepEqual((await suiteOf(t, { 'a.test.mjs': text }, { measures: true })).skipped, [
    'a.test.mjs later',
    'a.test.mjs soon',
  ]);
});

test('files that are to run alone run when all others have ended, one by one', async (t) => {
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
  const { passed, failures } = await suiteOf(t, texts, { measures: true, concurrency: 2 });
  assert.deepEqual({ passed, failures }, { passed: 4, failures: [] });
});

test('files that are to run alone wait for what else goes on', async (t) => {
  const flag = join(mkdtempSync(join(tmpdir(), 'slowpath-quiet-')), 'quiet');
  t.after(() => rmSync(dirname(flag), { recursive: true, force: true }));
  const looks = (expected) => `test('looks', () => {
    if (fs.existsSync(${JSON.stringify(flag)}) !== ${expected}) throw new Error('at the wrong time');
  });`;
  const texts = { 'a.test.mjs': looks(false), 'b.alone.test.mjs': looks(true) };
  // Promised, but not done before somebody waits for it.
  const quiet = { then: (done) => (writeFileSync(flag, ''), done()) };
  const { passed, failures } = await suiteOf(t, texts, { measures: true, concurrency: 2, quiet });
  assert.deepEqual({ passed, failures }, { passed: 2, failures: [] });
});

test('what a test file is compiled to is kept; the services it starts are not told', async (t) => {
  const text = `import { getCompileCacheDir } from 'node:module';
    test('kept', () => { if (getCompileCacheDir() === undefined) throw new Error('not kept'); });
    test('for itself', () => { if (process.env.NODE_COMPILE_CACHE !== undefined) throw new Error('told'); });`;
  const { passed, failures } = await suiteOf(t, { 'a.test.mjs': text }, { measures: false });
  assert.deepEqual({ passed, failures }, { passed: 2, failures: [] });
});
