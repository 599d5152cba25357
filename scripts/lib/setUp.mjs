/**
 * What every script of the project needs before it can work, on a machine with nothing but Node and npm: the packages of
 * the lock file, and Node 24 (from npm, in a folder of its own). Plain JavaScript without dependencies: any Node ≥ 18 runs it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createHash } from 'node:crypto';

export const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '../..');

/** Where tools too big for node_modules are kept: Node 24, code-server. */
export const toolsDirectory = process.env.SLOWPATH_TOOLS ? resolve(process.env.SLOWPATH_TOOLS) : join(root, '.tools');

const nodeMajor = 24;

/**
 * Installs what is missing and, when the running Node is not the project's, runs the same script again under it and ends
 * with its exit code. Returns only in the right Node.
 */
export async function setUp() {
  installPackages();
  if (process.versions.node.split('.')[0] === String(nodeMajor)) return;
  const node = ensureNode();
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const code = await new Promise((done) =>
    child.on('exit', (exitCode, signal) => done(exitCode ?? (signal ? 130 : 1))),
  );
  process.exit(code);
}

/** Path of a Node 24 binary, installed from npm if need be. */
export function ensureNode() {
  const name = `node-${platform() === 'win32' ? 'win' : platform()}-${arch()}`;
  const directory = join(toolsDirectory, 'n24');
  const binary = join(directory, 'node_modules', name, 'bin', platform() === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(binary)) {
    say(`installing Node ${nodeMajor} (${name}) into ${directory}`);
    mkdirSync(directory, { recursive: true });
    npm(['install', '--prefix', directory, '--no-save', '--ignore-scripts', `${name}@${nodeMajor}`], directory);
  }
  return binary;
}

/** `npm ci` when node_modules does not match the lock file. */
function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.slowpath-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  // npm would empty the folder that the link leads to, under whoever works there.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink())
    throw new Error(
      `node_modules in ${root} is a link to packages of another lock file; run npm ci where it leads to.`,
    );
  say('installing packages');
  // No package's install script is needed: esbuild's binary comes as an optional dependency of its own.
  npm(['ci', '--ignore-scripts'], root);
  writeFileSync(stamp, lock);
}

/** Runs npm, quietly unless it fails. */
export function npm(args, cwd, env = process.env) {
  const command = platform() === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(command, [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    env,
    encoding: 'utf8',
    shell: platform() === 'win32',
  });
  if (result.status !== 0) {
    throw new Error(`npm ${args[0]} failed in ${cwd}:\n${result.stdout ?? ''}${result.stderr ?? result.error ?? ''}`);
  }
}

export function say(text) {
  process.stderr.write(`slowpath: ${text}\n`);
}
