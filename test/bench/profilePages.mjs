/** The report page and speedscope with the same profile in the same browser: served, launched, opened and timed for every benchmark alike. */
import { root, npm, toolsDirectory } from '../../scripts/lib/setUp.mjs';
import { ensureTools } from '../../scripts/lib/tools.mjs';
import { importProfile } from '../../src/profile/formats/index.ts';
import { packProfile } from '../../src/run/pack.ts';
import { chromium } from 'playwright-core';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const speedscopeVersion = '1.25.0';

export const drawnOurs = "document.querySelector('canvas[data-drawn]')";
/** It shows a canvas before it has loaded; its title names the profile once the flamegraph stands. */
export const drawnTheirs = "document.title && document.title !== 'speedscope' && document.querySelector('canvas')";

/** Headless, with the graphics of a machine without a graphics card. */
export async function launchBrowser() {
  const { chromium: found } = await ensureTools();
  return chromium.launch({
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
}

/** A page whose flamegraph has been painted, and the milliseconds from asking for it until then. `isDrawn` is an expression for the page. */
export async function openPage(browser, url, isDrawn) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.addInitScript(`
    const poll = () => {
      if (${isDrawn}) requestAnimationFrame(() => requestAnimationFrame(() => (globalThis.firstDrawn = performance.now())));
      else requestAnimationFrame(poll);
    };
    poll();
  `);
  await page.goto(url);
  await page.waitForFunction('globalThis.firstDrawn', undefined, { timeout: 300_000 });
  return { page, openMs: await page.evaluate('globalThis.firstDrawn') };
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
