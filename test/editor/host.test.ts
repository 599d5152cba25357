/** The editor's suite inside a real extension host: each outcome of test/editor/inside is a test of its own here. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { Outcome } from './inside/suite.ts';
import { runInside } from './runInside.ts';

const root = resolve(import.meta.dirname, '../..');

test('inside the extension host', { timeout: 600_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'slowpath-editor-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const workspace = join(folder, 'workspace');
  const outcomesFile = join(folder, 'outcomes.json');
  cpSync(join(root, 'test/fixtures/services/editor'), workspace, { recursive: true });
  await runInside({
    entry: join(root, 'test/editor/inside/index.ts'),
    folder,
    workspace,
    env: { SLOWPATH_OUTCOMES: outcomesFile, SLOWPATH_ONLY: process.env['SLOWPATH_ONLY'] ?? '' },
    // Sooner than the test's own limit, after which nothing would be stopped any more.
    limitMs: 540_000,
  });
  const outcomes = JSON.parse(readFileSync(outcomesFile, 'utf8')) as Outcome[];
  assert.ok(outcomes.length > 0, 'no test ran');
  for (const { name, error } of outcomes) await t.test(name, () => passed(error));
});

/** Fails with what the test inside failed with, its own stack included. */
function passed(error: string | null): void {
  if (error === null) return;
  const failure = new Error(error);
  failure.stack = error;
  throw failure;
}
