/** Where the load benchmarks run: the service on one core, the generator (ours with its recorder thread, or a peer) on the other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { cpus } from 'node:os';
import { text } from 'node:stream/consumers';
import { signalAll } from '../turns.mjs';
import { command, compiled, MissingPeer } from './peers.mjs';

const [serverCore, generatorCore] = ['0', '1'];
const longestMs = 120_000;

/** @throws MissingPeer on a machine where a service and a generator cannot be kept apart. */
export function checkCores() {
  if (cpus().length < 2) throw new MissingPeer('a second core is not here');
  return command('taskset');
}

/**
 * Runs a generator to its end.
 * @param onStart is told its pid, as `inTurns` wants it.
 * @returns what it printed.
 */
export async function generate(path, args, { env = {}, onStart = () => undefined } = {}) {
  const child = spawn(checkCores(), ['-c', generatorCore, path, ...args.map(String)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const stopped = { late: false };
  const killer = setTimeout(() => {
    stopped.late = true;
    signalAll([child.pid], 'SIGKILL');
  }, longestMs);
  onStart(child.pid);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  clearTimeout(killer);
  if (code === 0) return out;
  throw new Error(stopped.late ? `${path} did not end within ${longestMs} ms.` : `${path} ended with ${code}:\n${err}`);
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

/**
 * Runs `work` while no core falls idle for long (awake.c). A virtual CPU that was idle for some 200 µs is given back to the host, and
 * fetching it costs a lone request 50 µs and more; a peer that sends without a pause never pays that, whichever of the two is the better
 * clock. (A loop in the class of idle tasks would be given 4 ms of the core in one go every second.)
 */
export async function whileAwake(work) {
  const awake = compiled('awake');
  const wakers = [serverCore, generatorCore].map((core) =>
    spawn(checkCores(), ['-c', core, awake], { stdio: 'ignore' }),
  );
  try {
    return await work();
  } finally {
    for (const waker of wakers) waker.kill('SIGKILL');
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
