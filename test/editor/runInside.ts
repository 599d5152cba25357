import { build } from 'esbuild';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { ensureTools } from '../../scripts/lib/tools.mjs';
import { launchBrowser, startWorkbench } from '../../scripts/lib/workbench.mjs';

const root = resolve(import.meta.dirname, '../..');

interface Inside {
  /** A module whose `run` is called in the host; bundled into `folder`. */
  readonly entry: string;
  readonly folder: string;
  /** What is open in the workbench. */
  readonly workspace: string;
  /** Of the host. */
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

/**
 * Runs a module inside a real extension host, with this extension loaded from its sources' build: the workbench is opened in a
 * browser with a payload that makes the host load the module instead of waiting for a person.
 *
 * @throws what the host wrote, if the module failed or did not end in time
 */
export async function runInside({ entry, folder, workspace, env, limitMs }: Inside): Promise<void> {
  await build({
    entryPoints: { index: entry },
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
      setTimeout(() => reject(new Error(`the host did not end:\n${lines.join('\n')}`)), limitMs).unref();
    });
    await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) =>
      lines.push(args.map(String).join(' ')),
    );
    const remote = (path: string): string => `vscode-remote://127.0.0.1:${workbench.port}${path}`;
    const payload = [
      ['extensionDevelopmentPath', remote(root)],
      ['extensionTestsPath', remote(join(folder, 'index.cjs'))],
      ['extensionEnvironment', JSON.stringify(env)],
    ];
    const query = `folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
    await page.goto(`${workbench.url}/?${query}`);
    const exitCode = await ended;
    if (exitCode !== 0) throw new Error(`the host ended with ${exitCode}:\n${lines.join('\n')}`);
  } finally {
    await browser?.close();
    await workbench.stop();
  }
}
