/**
 * A real VS Code workbench of its own: code-server on a free loopback port with fresh user data, the packed extension
 * installed, and a browser to drive it. Used by the editor's tests and by `npm run workbench`.
 */
import { chromium } from 'playwright-core';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { copyExtension, installExtension } from './installExtension.mjs';

/**
 * @param {import('./workbench.mjs').WorkbenchOptions} options
 * @returns {Promise<import('./workbench.mjs').Workbench>}
 */
export async function startWorkbench(options) {
  const { tools, vsix, trusted = true, driver = true, settings = {}, port = 0 } = options;
  const home = options.userData ?? mkdtempSync(join(tmpdir(), 'slowpath-workbench-'));
  mkdirSync(join(home, 'user', 'User'), { recursive: true });
  const settingsFile = join(home, 'user', 'User', 'settings.json');
  writeFileSync(settingsFile, JSON.stringify({ ...quietSettings, ...settings }, null, 2));
  const extensions = join(home, 'extensions');
  const folders = ['--user-data-dir', join(home, 'user'), '--extensions-dir', extensions];
  const env = serverEnvironment(home);
  if (vsix) await (options.userData ? installExtension : copyExtension)(tools, vsix, extensions, env);
  const server = spawn(
    tools.node,
    [
      tools.codeServer,
      ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, ...folders],
      ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
      ...(trusted ? ['--disable-workspace-trust'] : []),
      ...(driver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ],
    // A group of its own, so that stopping reaches the extension host and its children too.
    { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const stop = async () => {
    await stopGroup(server);
    if (!options.userData) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const url = await listeningAddress(server);
    return { url, port: Number(new URL(url).port), pid: server.pid, home, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** No welcome page, no tips, no git: what is on the screen is ours, and only what is asked for happens. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  // In the browser it is on by default: what a test types would be saved a second later.
  'files.autoSave': 'off',
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
};

/** The server must not believe it runs inside another VS Code, nor find the settings of the person who runs the tests. */
function serverEnvironment(home) {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (/^(VSCODE_|CODE_SERVER_|ELECTRON_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|PASSWORD$|HASHED_PASSWORD$)/.test(name))
      delete env[name];
  }
  return { ...env, XDG_CONFIG_HOME: join(home, 'config'), XDG_DATA_HOME: join(home, 'data') };
}

/** Resolves with the address once the server says it listens; rejects with its last lines if it ends before. */
function listeningAddress(server) {
  return new Promise((resolve, reject) => {
    const lines = [];
    const onLine = (line) => {
      lines.push(line);
      if (lines.length > 50) lines.shift();
      const address = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (address) resolve(address);
    };
    createInterface({ input: server.stdout }).on('line', onLine);
    createInterface({ input: server.stderr }).on('line', onLine);
    server.on('error', reject);
    server.on('exit', (code) => reject(new Error(`The workbench ended with ${code}:\n${lines.join('\n')}`)));
  });
}

async function stopGroup(server) {
  if (server.exitCode === null && server.signalCode === null) {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    process.kill(-server.pid, 'SIGTERM');
    const timer = setTimeout(() => process.kill(-server.pid, 'SIGKILL'), 5000);
    await gone;
    clearTimeout(timer);
  }
  try {
    process.kill(-server.pid, 'SIGKILL');
  } catch {
    // The whole group is gone already.
  }
}

/**
 * A headless browser for the workbench.
 * @param {import('./tools.mjs').Chromium} binary
 */
export function launchBrowser(binary) {
  return chromium.launch({
    executablePath: binary.path,
    env: { ...process.env, ...binary.env },
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--enable-unsafe-swiftshader',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
