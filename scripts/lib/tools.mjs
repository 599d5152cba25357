/**
 * The tools the editor's tests and `npm run workbench` need beside node_modules: the VS Code workbench (npm's code-server)
 * under Node 24, and a Chromium. Installed once into `toolsDirectory`; calling again is free, calling twice at once is safe.
 */
import { ensureNode, npm, root, say, toolsDirectory } from './setUp.mjs';
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

export { toolsDirectory };

/** Carries VS Code 1.139 (its remote server and workbench) without a download outside npm. */
const codeServerVersion = '4.139.1';

/** @returns {Promise<import('./tools.mjs').Tools>} everything installed and checked to start. */
export async function ensureTools() {
  return withLock(async () => {
    const node = ensureNode();
    return { node, codeServer: ensureCodeServer(node), chromium: await findChromium() };
  });
}

/** Path of code-server's entry script. */
function ensureCodeServer(node) {
  const directory = join(toolsDirectory, 'cs');
  const home = join(directory, 'node_modules', 'code-server');
  const entry = installCodeServer(node, directory, home);
  replaceLog(home);
  return entry;
}

/** Its install scripts are skipped: of what they build, sqlite no test needs, and log files it gets from us. */
function installCodeServer(node, directory, home) {
  const entry = join(home, 'out', 'node', 'entry.js');
  const stamp = join(directory, `complete-${codeServerVersion}`);
  if (existsSync(entry) && (existsSync(stamp) || installedVersion(home) === codeServerVersion)) return entry;
  say(`installing the VS Code workbench (code-server ${codeServerVersion}, 620 MB) into ${directory}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  const options = ['--no-save', '--ignore-scripts'];
  // code-server refuses any engine but its own Node; the path above is that one, npm only has to believe it.
  npm(['install', '--prefix', directory, ...options, `code-server@${codeServerVersion}`], directory, env);
  for (const folder of ['lib/vscode', 'lib/vscode/extensions']) {
    npm(['install', '--omit=dev', '--ignore-scripts'], join(home, folder), env);
  }
  writeFileSync(stamp, '');
  return entry;
}

/** Without a log, the workbench's output channels stay empty. */
function replaceLog(home) {
  const log = join(home, 'lib/vscode/node_modules/@vscode/spdlog/index.js');
  const ours = readFileSync(new URL('./workbenchLog.cjs', import.meta.url));
  if (existsSync(log) && readFileSync(log).equals(ours)) return;
  mkdirSync(dirname(log), { recursive: true });
  // Never half written: another workbench may be starting.
  writeFileSync(`${log}.new`, ours);
  renameSync(`${log}.new`, log);
}

/** The version in a folder that was filled by hand or by an earlier release, with both inner folders complete. */
function installedVersion(home) {
  const complete = ['lib/vscode/node_modules', 'lib/vscode/extensions/node_modules'].every((folder) =>
    existsSync(join(home, folder)),
  );
  return complete ? JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).version : null;
}

/** A Chromium that starts: the one named by SLOWPATH_CHROMIUM, the system's, or the one inside @sparticuz/chromium. */
async function findChromium() {
  const named = process.env.SLOWPATH_CHROMIUM;
  if (named) {
    if (!starts({ path: named, env: {} })) throw new Error(`SLOWPATH_CHROMIUM names ${named}, which does not start.`);
    return { path: named, env: {} };
  }
  for (const name of ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']) {
    const found = spawnSync(platform() === 'win32' ? 'where' : 'which', [name], { encoding: 'utf8' });
    const path = found.stdout?.split('\n')[0]?.trim();
    if (found.status === 0 && path && starts({ path, env: {} })) return { path, env: {} };
  }
  return packagedChromium();
}

/**
 * The packaged one unpacks into the temporary folder, unguarded: we unpack it once, in a process of its own, into a folder
 * of ours. A bare system lacks the NSS libraries; the package carries those too, for the case that it does not start as it is.
 */
async function packagedChromium() {
  const directory = join(toolsDirectory, 'chromium');
  const path = join(directory, 'chromium');
  if (!existsSync(path)) {
    say(`unpacking Chromium into ${directory}`);
    const fresh = `${directory}.new`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    const module = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
    const script = `import(${JSON.stringify(pathToFileURL(module).href)}).then((m) => m.default.executablePath())`;
    const result = spawnSync(process.execPath, ['-e', script], {
      // The name of the platform makes the package unpack its libraries as well.
      env: { ...process.env, TMPDIR: fresh, TMP: fresh, TEMP: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
      encoding: 'utf8',
      cwd: root,
    });
    if (result.status !== 0) throw new Error(`Chromium could not be unpacked:\n${result.stderr}`);
    rmSync(directory, { recursive: true, force: true });
    renameSync(fresh, directory);
  }
  const fonts = existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_PATH: join(directory, 'fonts') };
  const libraries = [join(directory, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  for (const env of [fonts, { ...fonts, LD_LIBRARY_PATH: libraries }]) {
    if (starts({ path, env })) return { path, env };
  }
  throw new Error('No Chromium starts here: install one (Debian: apt-get install chromium) or set SLOWPATH_CHROMIUM.');
}

function starts({ path, env }) {
  const result = spawnSync(path, ['--version', '--headless', '--no-sandbox'], {
    env: { ...process.env, ...env },
    timeout: 20_000,
    stdio: 'ignore',
  });
  return result.status === 0;
}

/** One installer at a time; the lock of a process that is gone does not count. */
async function withLock(work) {
  mkdirSync(toolsDirectory, { recursive: true });
  const lock = join(toolsDirectory, 'install.lock');
  // Linked, not written: whoever sees the lock sees its owner in it too.
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  for (;;) {
    try {
      linkSync(own, lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!isRunning(readPid(lock))) rmSync(lock, { force: true });
      else await sleep(200);
    }
  }
  rmSync(own);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function readPid(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

function isRunning(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
