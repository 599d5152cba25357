/**
 * The tools that the load benchmarks measure against, found or installed: commands from Debian's packages, autocannon from npm and ghz
 * from Go's modules (both in the folder of tools, so that no dependency of the project grows), the gRPC server from our own fixture.
 * What cannot be had is a MissingPeer: its rows are left out, by name.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root, say, toolsDirectory } from '../../../scripts/lib/setUp.mjs';

const debianPackages = {
  taskset: 'util-linux',
  chrt: 'util-linux',
  nginx: 'nginx-light',
  wrk: 'wrk',
  h2load: 'nghttp2-client',
  nghttpd: 'nghttp2-server',
  sockperf: 'sockperf',
  gcc: 'build-essential',
};
const autocannonVersion = '9.0.0';
const ghzVersion = 'v0.93.0';

export class MissingPeer extends Error {}

/** Path of a command, installed from Debian's package if this machine has apt-get and we may use it. */
export function command(name) {
  const found = pathOf(name);
  if (found) return found;
  const packageName = debianPackages[name];
  const byHand = `install it (Debian: apt-get install ${packageName})`;
  if (!pathOf('apt-get') || process.getuid?.() !== 0) throw new MissingPeer(`${name} is not here; ${byHand}`);
  say(`installing ${packageName}`);
  // RUNLEVEL=1: the package's own service is not started.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = () => spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', packageName], { env });
  if (install().status !== 0) {
    spawnSync('apt-get', ['update', '-q'], { env });
    install();
  }
  const installed = pathOf(name);
  if (!installed) throw new MissingPeer(`${name} could not be installed; ${byHand}`);
  return installed;
}

/** Path of autocannon's script. */
export function autocannon() {
  const directory = join(toolsDirectory, `autocannon-${autocannonVersion}`);
  const script = join(directory, 'node_modules/autocannon/autocannon.js');
  return built('autocannon', script, () => {
    mkdirSync(directory, { recursive: true });
    npm(
      ['install', '--prefix', directory, '--no-save', '--ignore-scripts', `autocannon@${autocannonVersion}`],
      directory,
    );
  });
}

export function ghz() {
  const folder = join(toolsDirectory, 'go-bin');
  return built('ghz', join(folder, 'ghz'), () => {
    execFileSync('go', ['install', `github.com/bojand/ghz/cmd/ghz@${ghzVersion}`], {
      env: { ...process.env, GOBIN: folder },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  });
}

/** Path of a fast gRPC server: Rust's tonic, with the echo service of test/fixtures/services/grpc. */
export function tonicServer() {
  const target = join(toolsDirectory, 'cargo-target');
  const manifest = join(root, 'test/fixtures/services/grpc-tonic/Cargo.toml');
  return built('the tonic server', join(target, 'release/grpc-tonic'), () => {
    execFileSync('cargo', ['build', '--release', '--quiet', '--locked', '--manifest-path', manifest], {
      env: { ...process.env, CARGO_TARGET_DIR: target },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  });
}

/** Path of a program of ours in C, compiled anew each time. @param name of its source beside this file, without `.c`. */
export function compiled(name) {
  const compiler = command('gcc');
  const folder = join(toolsDirectory, 'bench');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  execFileSync(compiler, ['-O2', '-Wall', '-o', path, join(import.meta.dirname, `${name}.c`)], { stdio: 'inherit' });
  return path;
}

function built(name, path, build) {
  if (existsSync(path)) return path;
  say(`installing ${name}`);
  try {
    build();
  } catch (error) {
    throw new MissingPeer(`${name} could not be installed: ${String(error.message).split('\n')[0]}`);
  }
  return path;
}

function pathOf(name) {
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
  const found = path.split(':').find((folder) => folder !== '' && existsSync(join(folder, name)));
  return found === undefined ? null : join(found, name);
}
