/** Where the load benchmarks run: the service on one core, the generator (ours with its recorder thread, or a peer) on the other. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { command, MissingPeer } from './peers.mjs';

const [serverCore, generatorCore] = ['0', '1'];
const longestMs = 120_000;
const run = promisify(execFile);

/** @throws MissingPeer on a machine where a service and a generator cannot be kept apart. */
export function checkCores() {
  if (cpus().length < 2) throw new MissingPeer('a second core is not here');
  return command('taskset');
}

/** Runs a generator to its end. @returns what it printed. */
export async function generate(path, args, env = {}) {
  const { stdout } = await run(checkCores(), ['-c', generatorCore, path, ...args.map(String)], {
    env: { ...process.env, ...env },
    timeout: longestMs,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 30,
  });
  return stdout;
}

/**
 * Runs `work` while a service is up.
 * @param ready port that it will listen on, or what it says on stdout once it does; `work` takes the match.
 */
export async function whileServing({ path, args, env = {}, ready }, work) {
  const server = spawn(checkCores(), ['-c', serverCore, path, ...args.map(String)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(server, 'close').then(([code]) => {
    throw new Error(`${path} ended with ${code} before it was told to.`);
  });
  // Heard only while it matters.
  ended.catch(() => undefined);
  const isReady = ready instanceof RegExp ? says(server.stdout, ready) : accepts(ready);
  try {
    const match = await Promise.race([isReady, ended]);
    return await Promise.race([work(match), ended]);
  } finally {
    // nginx ends its worker by itself on SIGTERM; SIGKILL would leave it behind.
    server.kill('SIGTERM');
    const killer = setTimeout(() => server.kill('SIGKILL'), 2000);
    await ended.catch(() => undefined);
    clearTimeout(killer);
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Goes on reading, so that the service never waits for a reader. */
function says(stream, pattern) {
  let text = '';
  return new Promise((told) => {
    stream.on('data', (chunk) => {
      text = (text + chunk).slice(-1000);
      const match = pattern.exec(text);
      if (match) told(match);
    });
  });
}

async function accepts(port) {
  for (const deadline = performance.now() + 10_000; ; await new Promise((done) => setTimeout(done, 50))) {
    const socket = connect(port, '127.0.0.1');
    const connected = await new Promise((done) => {
      socket.on('connect', () => done(true));
      socket.on('error', () => done(false));
    });
    socket.destroy();
    if (connected) return;
    if (performance.now() > deadline) throw new Error(`Nothing listens on port ${port}.`);
  }
}
