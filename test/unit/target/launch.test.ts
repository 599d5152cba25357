import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { waitReady } from '../../../src/target/ready.ts';
import { startTarget } from '../../../src/target/start.ts';
import type { TargetOutput } from '../../../src/target/target.ts';
import type { LaunchTarget } from '../../../src/plan/scenario.ts';
import { collecting, freePort, launchSpec, lives, start, temporaryFolder, until } from './harness.ts';

async function failure(
  t: Parameters<typeof temporaryFolder>[0],
  spec: LaunchTarget,
  signal = new AbortController().signal,
): Promise<{ code: string; message: string; output: TargetOutput[] }> {
  const dir = await temporaryFolder(t);
  const output: TargetOutput[] = [];
  try {
    const target = await startTarget(spec, {
      dir,
      signal,
      collect: collecting,
      onOutput: (line) => void output.push(line),
    });
    await target.dispose();
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error);
    return { code: String(error.code), message: error.message, output };
  }
  throw new Error('it started');
}

describe('a target that cannot be measured ends the run with the reason', () => {
  test('it exits early: code and last lines, without their escape sequences', async (t) => {
    const { code, message, output } = await failure(t, launchSpec('exit-early.cjs'));
    assert.equal(code, 'TARGET_EXITED');
    assert.match(message, /^Target "api" exited with code 7 before it was ready\. Its last output:\n/);
    assert.match(message, /\n {2}reading the configuration/);
    assert.match(message, /\n {2}no database at db:5432/);
    assert.ok(output.some(({ stream, text }) => stream === 'stderr' && text === 'no database at db:5432'));
  });

  test('it never becomes ready: what was waited for, and its last lines', async (t) => {
    const port = await freePort();
    const { code, message } = await failure(
      t,
      launchSpec('never-ready.cjs', { ready: { kind: 'port', port, timeoutUs: 600e3 } }),
    );
    assert.equal(code, 'TARGET_NOT_READY');
    assert.match(
      message,
      new RegExp(`within 0\\.6 s: nothing accepts connections on port ${port}; .*\\n {2}still migrating`),
    );
  });

  test('it never prints the line', async (t) => {
    const { code, message } = await failure(
      t,
      launchSpec('never-ready.cjs', { ready: { kind: 'log', text: 'listening', timeoutUs: 500e3 } }),
    );
    assert.equal(code, 'TARGET_NOT_READY');
    assert.match(message, /it did not print "listening"/);
  });

  test('it answers 503 to the readiness check', async (t) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/health`;
    const { code, message } = await failure(
      t,
      launchSpec('unwell.cjs', { env: { PORT: String(port) }, ready: { kind: 'http', url, timeoutUs: 1.5e6 } }),
    );
    assert.equal(code, 'TARGET_NOT_READY');
    assert.ok(message.includes(`${url} answered 503`), message);
  });

  test('it answers 503 and then not at all: what it answered is told, not that a last hasty attempt got nothing', async (t) => {
    let requests = 0;
    const server = createHttpServer((_request, response) => {
      if (requests++ === 0) response.writeHead(503).end();
    }).listen(0, '127.0.0.1');
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    await once(server, 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/health`;
    const ready = { kind: 'http', url, timeoutUs: 240e3 } as const;
    // Where the machine pauses, the first answer too comes late: another try then.
    const seen = new Set<string | null>();
    for (let tries = 0; tries < 5 && !seen.has(`${url} answered 503`); tries++) {
      requests = 0;
      seen.add(await waitReady(ready, () => Promise.resolve(), new AbortController().signal));
    }
    assert.ok(seen.has(`${url} answered 503`), [...seen].join());
  });

  test('its port is taken: before it starts, if the plan names the port', async (t) => {
    const holder = createServer().listen(0, '127.0.0.1');
    t.after(() => holder.close());
    await new Promise((resolve) => holder.once('listening', resolve));
    const address = holder.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const named = await failure(
      t,
      launchSpec('http.cjs', { env: { PORT: String(port) }, ready: { kind: 'port', port, timeoutUs: 5e6 } }),
    );
    assert.equal(named.code, 'TARGET_PORT_IN_USE');
    assert.match(named.message, new RegExp(`port ${port} is already in use`));
    assert.deepEqual(named.output, []);

    const printed = await failure(t, launchSpec('http.cjs', { env: { PORT: String(port) } }));
    assert.equal(printed.code, 'TARGET_PORT_IN_USE');
    assert.match(printed.message, new RegExp(`port ${port} is already in use`));
  });

  test('command, script or folder do not exist', async (t) => {
    const noRuntime = await failure(t, launchSpec('http.cjs', { runtimeExecutable: 'no-such-node' }));
    assert.equal(noRuntime.code, 'TARGET_COMMAND_NOT_FOUND');
    assert.match(noRuntime.message, /no-such-node was not found, it is not on PATH/);
    const noScript = await failure(t, launchSpec('no-such-script.js'));
    assert.equal(noScript.code, 'TARGET_COMMAND_NOT_FOUND');
    assert.match(noScript.message, /The script of target "api" does not exist: .*no-such-script\.js/);
    const noFolder = await failure(t, launchSpec('http.cjs', { cwd: '/no/such/folder' }));
    assert.equal(noFolder.code, 'TARGET_COMMAND_NOT_FOUND');
    assert.match(noFolder.message, /\/no\/such\/folder/);
  });

  test('it floods its output', async (t) => {
    const { target } = await start(t, 'flood.cjs');
    await assert.rejects(target.failed, { code: 'TARGET_FLOODED', message: /more than 10 MB\/s/ });
    await target.dispose();
    assert.ok(!lives(target.pid));
  });

  test('it dies during the run', async (t) => {
    const { target, get } = await start(t, 'http.cjs');
    await get('/later?ms=1');
    await assert.rejects(get('/exit?code=5'));
    await assert.rejects(target.failed, { code: 'TARGET_EXITED', message: /exited with code 5 during the run/ });
    const record = await target.collect();
    assert.ok(record.files.includes('runtime.jsonl'));
    assert.equal(record.runtime.serverRequests.length, 1);
  });

  test('it is cancelled while it starts: nothing is left', async (t) => {
    const cancel = new AbortController();
    const dir = await temporaryFolder(t);
    // Of its own: other tests make and remove socket folders meanwhile.
    const temporary = await temporaryFolder(t);
    const { TMPDIR: before } = process.env;
    process.env['TMPDIR'] = temporary;
    t.after(() => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    });
    let printed = '';
    const starting = startTarget(launchSpec('never-ready.cjs', { args: ['pid'] }), {
      dir,
      signal: cancel.signal,
      collect: collecting,
      onOutput: ({ text }) => (printed = text),
    });
    const rejected = assert.rejects(starting, { code: 'CANCELLED' });
    await until('it runs', () => printed === 'still migrating');
    assert.equal(readdirSync(temporary).length, 1, 'the folder of its socket');
    cancel.abort();
    await rejected;
    assert.deepEqual(readdirSync(temporary), []);
    await assert.rejects(
      startTarget(launchSpec('http.cjs'), {
        dir,
        signal: cancel.signal,
        collect: collecting,
        onOutput: () => undefined,
      }),
      { code: 'CANCELLED' },
    );
  });
});

describe('readiness', () => {
  test('by port and by HTTP answer', async (t) => {
    const port = await freePort();
    const byPort = await start(t, 'http.cjs', {
      env: { PORT: String(port) },
      ready: { kind: 'port', port, timeoutUs: 20e6 },
    });
    assert.match(byPort.target.runtime, /^node \d+\.\d+\.\d+$/);
    await byPort.target.dispose();
    const url = `http://127.0.0.1:${port}/any/path`;
    const byHttp = await start(t, 'http.cjs', {
      env: { PORT: String(port) },
      ready: { kind: 'http', url, timeoutUs: 20e6 },
    });
    assert.ok(lives(byHttp.target.pid));
  });
});
