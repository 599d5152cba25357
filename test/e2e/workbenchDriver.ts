/** Drives a real workbench as a person does: palette, pickers, tree, editors, report pages. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { ensureTools } from '../../scripts/lib/tools.mjs';
import { launchBrowser, startWorkbench, type Workbench, type WorkbenchOptions } from '../../scripts/lib/workbench.mjs';

const root = resolve(import.meta.dirname, '../..');

export interface Driven {
  readonly page: Page;
  readonly workbench: Workbench;
  /** The folder that is open: a copy of test/fixtures/services/editor. */
  readonly folder: string;
  /** What the browser refused to load or run, and what broke in a page. */
  readonly violations: readonly string[];
  /** Opens the folder (again, after a window was closed). */
  openWindow(): Promise<void>;
  stop(): Promise<void>;
}

/** A workbench with the packed extension and a folder open. */
export async function driveWorkbench(
  options: Pick<WorkbenchOptions, 'trusted' | 'settings'> = {},
  prepare: (folder: string) => void = () => undefined,
): Promise<Driven> {
  const folder = mkdtempSync(join(tmpdir(), 'slowpath-e2e-'));
  cpSync(join(root, 'test/fixtures/services/editor'), folder, { recursive: true });
  prepare(folder);
  const tools = await ensureTools();
  // Without the smoke-test driver: it hides notifications.
  const workbench = await startWorkbench({ tools, vsix: join(root, 'slowpath.vsix'), driver: false, ...options });
  const browser: Browser = await launchBrowser(tools.chromium);
  const page = await browser.newPage({ viewport: { width: 1500, height: 950 } });
  const violations: string[] = [];
  page.on('console', (message) => {
    if (
      /Content Security Policy|Refused to/.test(message.text()) &&
      /slowpath|report\.|controls\.|blob:/.test(message.text())
    ) {
      violations.push(message.text());
    }
  });
  const openWindow = async (): Promise<void> => {
    await page.goto(`${workbench.url}/?folder=${encodeURIComponent(folder)}`);
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });
  };
  const stop = async (): Promise<void> => {
    await browser.close();
    await workbench.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await openWindow();
  } catch (error) {
    await stop();
    throw error;
  }
  return { page, workbench, folder, violations, openWindow, stop };
}

/** Runs a command from the palette; waits until the palette knows it, since extensions load after the window. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const input = page.locator('.quick-input-widget input[type=text]');
  const row = page.locator('.quick-input-list .monaco-list-row').first();
  for (let attempt = 0; attempt < 60; attempt++) {
    await page.keyboard.press('F1');
    await input.waitFor({ timeout: 2000 }).catch(() => undefined);
    if (await input.isVisible()) {
      await input.fill(`>${title}`);
      await page.waitForTimeout(400);
      if ((await row.getAttribute('aria-label').catch(() => null))?.startsWith(title) === true) {
        await page.keyboard.press('Enter');
        return;
      }
    }
    await page.keyboard.press('Escape');
    await page.waitForTimeout(400);
  }
  assert.fail(`the palette does not know “${title}”`);
}

/** Chooses a row of the picker that is open. */
export async function pick(page: Page, label: string): Promise<void> {
  await page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click({ timeout: 30_000 });
}

/** Opens a file of the folder by its name. */
export async function openFile(page: Page, name: string): Promise<void> {
  await page
    .locator('.explorer-folders-view .monaco-list-row', { hasText: name })
    .first()
    .dblclick({ timeout: 30_000 });
}

/** Shows our view with the runs. */
export async function showRuns(page: Page): Promise<Locator> {
  const view = page.locator('[id="workbench.view.extension.slowpath"]');
  if (!(await view.isVisible())) await page.locator('.activitybar [aria-label^="Slowpath"]').first().click();
  await view.waitFor();
  return view;
}

/** The document inside the nested frames of the report (or custom editor) in sight. */
export function reportPage(page: Page): FrameLocator {
  return page
    .locator('iframe.webview.ready')
    .filter({ visible: true })
    .last()
    .contentFrame()
    .frameLocator('#active-frame');
}

/** Processes that run the service of this folder. */
export function servicesIn(folder: string): number[] {
  return processes()
    .filter(({ words, cwd }) => words.includes('server.js') && cwd === realpathSync(folder))
    .map(({ pid }) => pid);
}

/** Our measuring processes for this folder: runner, load generator, guard. */
export function measuringIn(folder: string): number[] {
  const ours = /dist\/(runner|load|guard)\.cjs/;
  return processes()
    .filter(({ words, cwd }) => ours.test(words) && cwd === realpathSync(folder))
    .map(({ pid }) => pid);
}

export function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Polls until it holds. */
export async function until(what: string, holds: () => boolean, ms = 40_000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) assert.fail(`${what}: not within ${ms} ms`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

function processes(): { pid: number; words: string; cwd: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return words === '' ? [] : [{ pid: Number(name), words, cwd: readlinkSync(`/proc/${name}/cwd`) }];
    } catch {
      return [];
    }
  });
}
