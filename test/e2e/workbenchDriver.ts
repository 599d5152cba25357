/** A real workbench for a test file, driven as a person does: tree, editors, report pages (the palette: quickInput.ts). */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before } from 'node:test';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { ensureTools } from '../../scripts/lib/tools.mjs';
import { launchBrowser, startWorkbench, type Workbench, type WorkbenchOptions } from '../../scripts/lib/workbench.mjs';
import { until } from './processes.ts';

const root = resolve(import.meta.dirname, '../..');

export interface Driven {
  readonly page: Page;
  readonly workbench: Workbench;
  /** The folder that is open: a copy. */
  readonly folder: string;
  /** What the browser refused to load or run, and what broke in a page. */
  readonly violations: readonly string[];
  /** Opens the folder (again, after a window was closed). */
  openWindow(): Promise<void>;
  stop(): Promise<void>;
}

export interface DriveOptions extends Pick<WorkbenchOptions, 'trusted' | 'settings'> {
  /** What the folder is a copy of, test/fixtures/services/editor unless given, and its name in the window's title. */
  readonly copyOf?: string;
  readonly name?: string;
  /** Fills the folder before it is opened. */
  readonly prepare?: (folder: string) => void | Promise<void>;
}

/** One workbench for all tests of a file, which calls this once at its top; the tests ask what it returns for the workbench. */
export function workbenchForTests(options: DriveOptions = {}): () => Driven {
  let driven: Driven | undefined;
  before(
    async () => {
      driven = await driveWorkbench(options);
    },
    // The first one on a machine fetches the workbench and the browser.
    { timeout: 600_000 },
  );
  after(() => driven?.stop());
  return () => {
    if (!driven) throw new Error('the workbench is there only while tests run');
    return driven;
  };
}

/** A workbench with the packed extension and a folder open. */
export async function driveWorkbench({
  copyOf = join(root, 'test/fixtures/services/editor'),
  name = '.',
  prepare,
  ...options
}: DriveOptions): Promise<Driven> {
  const temporary = mkdtempSync(join(tmpdir(), 'slowpath-e2e-'));
  const folder = join(temporary, name);
  cpSync(copyOf, folder, { recursive: true });
  await prepare?.(folder);
  const tools = await ensureTools();
  // Without the smoke-test driver: it hides notifications.
  const starting = startWorkbench({ tools, vsix: join(root, 'slowpath.vsix'), driver: false, ...options });
  const launching = launchBrowser(tools.chromium);
  const [workbench, browser] = await Promise.all([starting, launching]).catch(async (error: unknown) => {
    // Whichever failed, the other is not left running.
    await starting.then((other) => other.stop()).catch(() => undefined);
    await launching.then((other) => other.close()).catch(() => undefined);
    throw error;
  });
  const page = await browser.newPage({ viewport: { width: 1500, height: 950 } });
  // Twice the browser's own: the machine may be busy with other tests.
  page.setDefaultTimeout(60_000);
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
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  };
  const stop = async (): Promise<void> => {
    await browser.close();
    await workbench.stop();
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await openWindow();
  } catch (error) {
    await stop();
    throw error;
  }
  return { page, workbench, folder, violations, openWindow, stop };
}

/** Opens a file of the folder by its name. */
export async function openFile(page: Page, name: string): Promise<void> {
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first().dblclick();
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

/** Hovers a place of the editor until the hover tells what is looked for: what opens below the pointer, or text drawn anew, takes it away. */
export async function hoverTells(
  page: Page,
  place: Locator,
  hasText: string | RegExp,
  position?: { readonly x: number; readonly y: number },
): Promise<void> {
  const told = page.locator('.monaco-hover', { hasText }).first();
  await until('the hover', async () => {
    await page.mouse.move(0, 0);
    await place.hover(position ? { position } : {});
    return told.waitFor({ timeout: 5000 }).then(
      () => true,
      () => false,
    );
  });
}
