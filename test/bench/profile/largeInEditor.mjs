/**
 * Large profiles of each format in the editor of the real workbench: how long it takes from the double click to the flamegraph (or the sentence that refuses
 * the file), and the greatest resident memory of the extension host, of the process that reads the file, and of the page. A workbench of its own for each
 * file. `node test/bench/profile/largeInEditor.mjs [FORMAT…]` after `node scripts/build.mjs && node scripts/package.mjs`.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../../scripts/lib/setUp.mjs';
import { ensureTools } from '../../../scripts/lib/tools.mjs';
import { launchBrowser, startWorkbench } from '../../../scripts/lib/workbench.mjs';
import { largeFiles } from './largeFiles.mjs';

const patienceMs = 400_000;
const lookMs = 100;

/** @param {readonly string[]} names of formats; all unless given. */
export async function largeInEditor(names = Object.keys(largeFiles)) {
  const rows = {};
  for (const name of names) rows[name] = await openLarge(largeFiles[name]);
  return {
    name: 'large profiles in the editor',
    reach: 'each opens, or is refused in one sentence; the host stays small',
    rows,
  };
}

async function openLarge({ file, megabytes, write }) {
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-large-'));
  const folder = join(directory, 'workspace');
  mkdirSync(folder);
  write(join(folder, file), megabytes);
  const tools = await ensureTools();
  const workbench = await startWorkbench({
    tools,
    vsix: join(root, 'slowpath.vsix'),
    settings: { 'workbench.editorAssociations': { '*.*': 'slowpath.cpuProfile' } },
  });
  const browser = await launchBrowser(tools.chromium);
  const memory = watchMemory(workbench.pid, browser);
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 950 } });
    page.setDefaultTimeout(patienceMs);
    await page.goto(`${workbench.url}/?folder=${encodeURIComponent(folder)}`);
    const row = page.locator('.explorer-folders-view .monaco-list-row', { hasText: file }).first();
    await row.waitFor();
    const started = performance.now();
    await row.dblclick();
    const report = page.locator('iframe.webview.ready').last().contentFrame().frameLocator('#active-frame');
    const drawn = report.locator('canvas.flame-canvas').first();
    const alert = report.getByRole('alert').first();
    await drawn.or(alert).first().waitFor();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const refused = (await alert.count()) > 0 ? await alert.innerText() : null;
    if (process.env.SLOWPATH_LARGE_SHOTS)
      await page.screenshot({ path: join(process.env.SLOWPATH_LARGE_SHOTS, `${file}.png`) });
    const size = `${Math.round(statSync(join(folder, file)).size / 1e6)} MB`;
    return `${size}: ${refused === null ? 'opens' : `refused (${refused})`} after ${seconds} s; ${await memory.told()}`;
  } finally {
    memory.stop();
    await browser.close();
    await workbench.stop();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The greatest resident memory of each kind of process so far. */
function watchMemory(server, browser) {
  const most = { host: 0, reader: 0, page: 0 };
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const [command, status] = [textOf(`/proc/${pid}/cmdline`), textOf(`/proc/${pid}/status`)];
      const kind = command.includes('reader.cjs') ? 'reader' : command.includes('--type=extensionHost') ? 'host' : null;
      if (kind === null || !belongsTo(status, server)) continue;
      most[kind] = Math.max(most[kind], residentMb(status));
    }
  };
  const timer = setInterval(look, lookMs);
  return {
    told: async () => {
      look();
      const session = await browser.newBrowserCDPSession();
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      const pages = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => textOf(`/proc/${id}/status`));
      most.page = Math.max(...pages.map(residentMb));
      return Object.entries(most)
        .map(([kind, megabytes]) => `${kind} ${Math.round(megabytes)} MB`)
        .join(', ');
    },
    stop: () => clearInterval(timer),
  };
}

function residentMb(status) {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

/** The server starts its own session: all of its processes are of its group. */
function belongsTo(status, server) {
  return status.includes(`\nNSpgid:\t${server}\n`) || status.includes(`\nNSsid:\t${server}\n`);
}

function textOf(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(await largeInEditor(names.length > 0 ? names : undefined), null, 2)}\n`);
}
