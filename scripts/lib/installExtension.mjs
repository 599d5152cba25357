/** An extension in a workbench: installed by the workbench's own command line, or copied from where that installed it before. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { root } from './setUp.mjs';

const kept = join(root, 'node_modules/.cache/slowpath-workbench');
const keptMs = 24 * 60 * 60 * 1000;

/**
 * Fills an empty folder of extensions with one. What a package was installed to is kept for the next workbench: a test run starts
 * several, and each would take seconds of a whole machine to install the same.
 * @param {import('./tools.mjs').Tools} tools
 * @param {string} vsix
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 */
export async function copyExtension(tools, vsix, folder, env) {
  const installed = join(kept, createHash('sha256').update(readFileSync(vsix)).digest('hex'));
  if (!existsSync(installed)) await keep(tools, vsix, installed, env);
  cpSync(installed, folder, { recursive: true });
}

/** @returns once the workbench has it. Waits without standing still: a browser can be started meanwhile. */
export async function installExtension(tools, vsix, folder, env) {
  const words = ['--extensions-dir', folder, '--install-extension', vsix, '--force'];
  const child = spawn(tools.node, [tools.codeServer, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => printed.push(chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The extension could not be installed:\n${Buffer.concat(printed)}`);
}

async function keep(tools, vsix, installed, env) {
  mkdirSync(kept, { recursive: true });
  for (const name of readdirSync(kept)) {
    const old = join(kept, name);
    if (Date.now() - statSync(old).mtimeMs > keptMs) rmSync(old, { recursive: true, force: true });
  }
  const fresh = mkdtempSync(join(kept, 'new-'));
  await installExtension(tools, vsix, fresh, env);
  try {
    renameSync(fresh, installed);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another process was quicker.
    if (!existsSync(installed)) throw error;
  }
}
