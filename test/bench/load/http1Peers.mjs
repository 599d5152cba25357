import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, generate, whileServing } from './cores.mjs';
import { autocannon, command, compiled } from './peers.mjs';

/** nginx with one worker, answering from memory: as fast a service as HTTP/1.1 has. @param work takes its address. */
export async function whileNginx(work) {
  const path = command('nginx');
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const port = await freePort();
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, configuration(directory, port));
  try {
    const args = ['-e', join(directory, 'error.log'), '-p', directory, '-c', file];
    return await whileServing({ path, args, ready: port }, () => work(`http://127.0.0.1:${port}/`));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @returns measure of wrk: requests a second and, where it took no turns, quantiles of its latency, µs. */
export function wrk(url, { connections, seconds }) {
  const path = command('wrk');
  return async ({ share = 1, onStart } = {}) => {
    const args = ['-t', 1, '-c', connections, '-d', `${seconds * share}s`, '--latency', url];
    const out = await generate(path, args, { onStart });
    const perSecond = Number(/Requests\/sec:\s*([\d.]+)/.exec(out)?.[1]) * share;
    if (!(perSecond > 0) || /Socket errors|Non-2xx/.test(out)) throw new Error(`wrk failed:\n${out}`);
    return { perSecond, p50Us: quantileUs(out, '50%'), p99Us: quantileUs(out, '99%') };
  };
}

/** @returns measure of a bare client in C that pauses as the generator does: quantiles of its latency, µs. */
export function pacedClient(url, { perSecond, seconds }) {
  const path = compiled('pacedClient');
  return async () => {
    const out = await generate(path, [new URL(url).port, perSecond, seconds]);
    const [, p50, p99] = /^p50 ([\d.]+) p99 ([\d.]+)$/m.exec(out) ?? [];
    return { p50Us: Number(p50), p99Us: Number(p99) };
  };
}

/** @returns measure of autocannon, which gives requests a second. */
export function autocannonOn(url, { connections, seconds }) {
  const path = autocannon();
  return async ({ share = 1, onStart } = {}) => {
    const args = [path, '--json', '--no-progress', '-c', connections, '-d', seconds * share, url];
    const { requests, duration, errors, non2xx } = JSON.parse(await generate(process.execPath, args, { onStart }));
    if (!(requests.total > 0) || errors + non2xx > 0) throw new Error('autocannon failed.');
    return { perSecond: (requests.total / duration) * share };
  };
}

function quantileUs(out, name) {
  const [, value, unit] = new RegExp(`^\\s*${name}\\s+([\\d.]+)(us|ms|s)$`, 'm').exec(out) ?? [];
  return Number(value) * { us: 1, ms: 1000, s: 1e6 }[unit];
}

function configuration(directory, port) {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  return `worker_processes 1;
daemon off;
pid ${join(directory, 'pid')};
error_log ${join(directory, 'error.log')};
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  ${folders.join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    location / { default_type text/plain; return 200 'hello, world\\n'; }
  }
}
`;
}
