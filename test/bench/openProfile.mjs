/**
 * A big `.cpuprofile` to its first flamegraph: Slowpath's custom editor path (read, import in a worker's process, pack, post,
 * unpack, draw) against speedscope, in the same browser, in interleaved pairs. The profile is made here: the TypeScript
 * compiler checking this project.
 */
import { root, npm, toolsDirectory } from '../../scripts/lib/setUp.mjs';
import { ensureTools } from '../../scripts/lib/tools.mjs';
import { importProfile } from '../../src/profile/formats/index.ts';
import { packProfile } from '../../src/run/pack.ts';
import { median } from './statistics.mjs';
import { chromium } from 'playwright-core';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

const speedscopeVersion = '1.25.0';
const pairs = 5;

export const drawnOurs = "document.querySelector('canvas[data-drawn]')";
/** It shows a canvas before it has loaded; its title names the profile once the flamegraph stands. */
export const drawnTheirs = "document.title && document.title !== 'speedscope' && document.querySelector('canvas')";

/** @returns {Promise<{name: string, reach: string, rows: Record<string, number | string>}>} */
export async function openProfile() {
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const profile = makeProfile(directory);
  const server = await serve(profile, installSpeedscope());
  const { chromium: found } = await ensureTools();
  const browser = await chromium.launch({
    executablePath: found.path,
    env: { ...process.env, ...found.env },
    args: [
      '--no-sandbox',
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ],
  });
  try {
    const ours = [];
    const theirs = [];
    for (let pair = 0; pair < pairs + 1; pair++) {
      const inOrder = [
        async () => ours.push(await timeTo(browser, `${server.url}/ours.html`, drawnOurs)),
        async () =>
          theirs.push(
            await timeTo(browser, `${server.url}/speedscope/index.html#profileURL=/profile.cpuprofile`, drawnTheirs),
          ),
      ];
      for (const measure of pair % 2 === 0 ? inOrder : inOrder.reverse()) await measure();
    }
    // The first pair warms the page cache.
    const [a, b] = [ours, theirs].map((values) => median(values.slice(1)));
    return {
      name: 'a big .cpuprofile to its first flamegraph, against speedscope',
      reach: '≤ 0.35 ×',
      rows: {
        bytes: readFileSync(profile).length,
        slowpathMs: Math.round(a),
        speedscopeMs: Math.round(b),
        ratio: Number((a / b).toFixed(3)),
      },
    };
  } finally {
    await browser.close();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Milliseconds from asking for the page until its flamegraph has been painted. `isDrawn` is an expression for the page. */
export async function timeTo(browser, url, isDrawn) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.addInitScript(`
    const poll = () => {
      if (${isDrawn}) requestAnimationFrame(() => requestAnimationFrame(() => (globalThis.firstDrawn = performance.now())));
      else requestAnimationFrame(poll);
    };
    poll();
  `);
  await page.goto(url);
  await page.waitForFunction('globalThis.firstDrawn', undefined, { timeout: 60_000 });
  const elapsed = await page.evaluate('globalThis.firstDrawn');
  await page.close();
  return elapsed;
}

/** The TypeScript compiler checking the plan room: some 15 MB, 60 k nodes. */
function makeProfile(directory) {
  const compiler = join(root, 'node_modules/typescript/lib/tsc.js');
  const flags = ['--cpu-prof', '--cpu-prof-interval', '50', '--cpu-prof-dir', directory];
  const options = '--noEmit --skipLibCheck --ignoreConfig --strict --allowImportingTsExtensions --types node';
  const modules = '--module esnext --moduleResolution bundler --target es2024';
  spawnSync(process.execPath, [...flags, compiler, ...`${options} ${modules}`.split(' '), 'src/plan/read.ts'], {
    cwd: root,
    stdio: 'ignore',
  });
  const [file] = readdirSync(directory);
  return join(directory, file);
}

export function installSpeedscope() {
  const directory = join(toolsDirectory, 'bench');
  const release = join(directory, 'node_modules/speedscope/dist/release');
  if (!existsSync(release))
    npm(['install', '--prefix', directory, '--no-save', '--ignore-scripts', `speedscope@${speedscopeVersion}`], root);
  return release;
}

/** Both pages from one server; `/packed` does on request what the extension host's worker does. */
export async function serve(profile, speedscope) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
  const harness = `<!doctype html><html><head><meta charset="utf-8"><link rel="stylesheet" href="/page/report.css"></head>
<body class="vscode-dark"><div id="app"></div><script>
globalThis.acquireVsCodeApi = () => ({
  getState: () => undefined,
  setState: () => undefined,
  postMessage: async (message) => {
    if (message.type !== 'ready') return;
    const profile = await (await fetch('/packed')).arrayBuffer();
    postMessage({ type: 'profile', title: 'big.cpuprofile', profile }, '*', [profile]);
  },
});</script><script src="/page/report.js"></script></body></html>`;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (path === '/ours.html') response.setHeader('content-type', 'text/html').end(harness);
    else if (path === '/packed') response.end(Buffer.from(packProfile(importProfile(readFileSync(profile)))));
    else if (path === '/profile.cpuprofile') response.end(readFileSync(profile));
    else {
      const file = path.startsWith('/page/')
        ? join(root, 'dist', path)
        : join(speedscope, path.replace('/speedscope', ''));
      if (!existsSync(file)) response.writeHead(404).end();
      else
        response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream').end(readFileSync(file));
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
