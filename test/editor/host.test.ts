/**
 * The editor's suite inside a real extension host: the workbench is opened in a browser with a payload that makes the host
 * load test/editor/inside instead of waiting for a person. Each outcome is a test of its own here.
 */
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { Browser } from 'playwright-core';
import { ensureTools } from '../../scripts/lib/tools.mjs';
import { launchBrowser, startWorkbench } from '../../scripts/lib/workbench.mjs';
import type { Outcome } from './inside/suite.ts';

const suiteMs = 540_000;
const root = resolve(import.meta.dirname, '../..');

test('inside the extension host', { timeout: 600_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'slowpath-editor-'));
  const workspace = join(folder, 'workspace');
  const outcomesFile = join(folder, 'outcomes.json');
  cpSync(join(root, 'test/fixtures/services/editor'), workspace, { recursive: true });
  await build({
    entryPoints: { index: join(root, 'test/editor/inside/index.ts') },
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode'],
    define: { 'import.meta.dirname': JSON.stringify(join(root, 'dist')) },
  });
  const tools = await ensureTools();
  const workbench = await startWorkbench({ tools });
  let browser: Browser | undefined;
  try {
    browser = await launchBrowser(tools.chromium);
    const page = await browser.newPage();
    const lines: string[] = [];
    const ended = new Promise<number>((resolve, reject) => {
      void page.exposeFunction('codeAutomationExit', resolve);
      // Sooner than the test's own limit, after which nothing would be stopped any more.
      setTimeout(() => reject(new Error(`the suite did not end:\n${lines.join('\n')}`)), suiteMs).unref();
    });
    await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) =>
      lines.push(args.map(String).join(' ')),
    );
    const remote = (path: string): string => `vscode-remote://127.0.0.1:${workbench.port}${path}`;
    const payload = [
      ['extensionDevelopmentPath', remote(root)],
      ['extensionTestsPath', remote(join(folder, 'index.cjs'))],
      [
        'extensionEnvironment',
        JSON.stringify({ SLOWPATH_OUTCOMES: outcomesFile, SLOWPATH_ONLY: process.env['SLOWPATH_ONLY'] ?? '' }),
      ],
    ];
    const query = `folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
    await page.goto(`${workbench.url}/?${query}`);
    const exitCode = await ended;
    assert.equal(exitCode, 0, lines.join('\n'));
    const outcomes = JSON.parse(readFileSync(outcomesFile, 'utf8')) as Outcome[];
    assert.ok(outcomes.length > 0, 'no test ran');
    for (const { name, error } of outcomes) await t.test(name, () => passed(error));
  } finally {
    await browser?.close();
    await workbench.stop();
    if (existsSync(folder)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** Fails with what the test inside failed with, its own stack included. */
function passed(error: string | null): void {
  if (error === null) return;
  const failure = new Error(error);
  failure.stack = error;
  throw failure;
}
