import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { AttachTarget } from '../../../src/plan/scenario.ts';
import { startTarget } from '../../../src/target/start.ts';
import type { RunningTarget } from '../../../src/target/target.ts';
import { collecting, freePort, get, lives, nodes, services, temporaryFolder, until } from './harness.ts';

interface Service {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly port: number;
  /** What it has written to stderr: the inspector announces itself there. */
  readonly errors: () => string;
}

async function startService(
  t: TestContext,
  node: string,
  nodeArgs: readonly string[] = [],
  args: readonly string[] = [],
): Promise<Service> {
  const port = await freePort();
  const child = spawn(node, [...nodeArgs, join(services, 'inspected.cjs'), ...args], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => void child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return { process: child, pid: child.pid ?? 0, port, errors: () => errors };
}

async function attach(t: TestContext, via: AttachTarget['via']): Promise<RunningTarget> {
  const dir = await temporaryFolder(t);
  const target = await startTarget(
    { kind: 'attach', name: 'api', runtime: 'node', pprof: null, via },
    { dir, signal: new AbortController().signal, collect: collecting, onOutput: () => undefined },
  );
  t.after(() => target.dispose());
  return target;
}

async function refusal(t: TestContext, via: AttachTarget['via']): Promise<string> {
  const outcome = await attach(t, via).catch((error: unknown) => error);
  assert.ok(outcome instanceof Error && 'code' in outcome, 'it was attached');
  assert.equal(outcome.code, 'TARGET_ATTACH_FAILED');
  return outcome.message;
}

function names({ profile }: Awaited<ReturnType<RunningTarget['collect']>>): ReadonlySet<string> {
  return new Set(profile?.strings);
}

// One at a time: a process whose inspector is opened by a signal takes port 9229.
describe('attach', { concurrency: 1 }, () => {
  for (const node of nodes) {
    test(`by pid, twice; the service goes on and nothing stays behind (${node})`, async (t) => {
      const service = await startService(t, node);
      for (let round = 1; round <= 2; round++) {
        await get(service.port, '/work');
        const target = await attach(t, { pid: service.pid });
        assert.equal(target.pid, service.pid);
        assert.equal(service.errors().split('Debugger listening').length, round + 1, 'the inspector was opened for us');
        await assert.rejects(fetch('http://127.0.0.1:9229/json/list'), 'and is closed again');
        await target.startProfile(1000);
        await get(service.port, '/work');
        assert.equal(await get(service.port, '/'), 'true');
        const record = await target.collect();
        assert.ok(names(record).has('hotInAttached'), 'also code that was hot before');
        assert.equal(record.runtime.serverRequests.length >= 2, true);
        assert.match(
          record.gaps.map(({ what }) => what).join(),
          /threads and child processes api starts during the run/,
        );
        await target.dispose();
        await until('the probe has gone', async () => (await get(service.port, '/')) === 'false');
        assert.ok(lives(service.pid));
      }
    });
  }

  test('by inspector URL, in full or host and port; an inspector that was open stays open', async (t) => {
    const service = await startService(t, process.execPath, ['--inspect=0']);
    await until('it tells its URL', () => /ws:\/\/\S+/.test(service.errors()));
    const [url = ''] = /ws:\/\/\S+/.exec(service.errors()) ?? [];
    for (const inspector of [url, new URL(url).origin.replace('null', `ws://${new URL(url).host}`)]) {
      const target = await attach(t, { inspector });
      assert.equal(target.pid, service.pid);
      await get(service.port, '/work');
      const { runtime } = await target.collect();
      assert.ok(runtime.stalls.durationUs.some((us) => us > 45_000));
      await target.dispose();
    }
    assert.ok((await fetch(`http://${new URL(url).host}/json/list`)).ok);
    const again = await attach(t, { pid: service.pid });
    assert.equal(again.pid, service.pid);
  });

  test('worker threads that run already are a named gap', async (t) => {
    const service = await startService(t, process.execPath, [], ['worker']);
    const target = await attach(t, { pid: service.pid });
    const { gaps } = await target.collect();
    assert.match(gaps.map(({ what }) => what).join(), /worker threads of api \(1\)/);
  });

  test('the process ends during the run', async (t) => {
    const service = await startService(t, process.execPath);
    const target = await attach(t, { pid: service.pid });
    await assert.rejects(get(service.port, '/exit'));
    await assert.rejects(target.failed, { code: 'TARGET_EXITED' });
    await target.dispose();
  });

  test('refused before any signal is sent: no pid, not Node, not there, Slowpath itself', async (t) => {
    const sleeper = spawn('sleep', ['60'], { stdio: 'ignore' });
    t.after(() => void sleeper.kill('SIGKILL'));
    for (const pid of [0, 1, -5, Number.NaN, 1.5])
      assert.match(await refusal(t, { pid }), /is not a process to attach to/);
    assert.match(await refusal(t, { pid: process.pid }), /is Slowpath itself/);
    assert.match(await refusal(t, { pid: 2 ** 22 + 1 }), /There is no process/);
    if (process.platform !== 'linux') return;
    assert.match(await refusal(t, { pid: sleeper.pid ?? 0 }), /\(sleep\) is not a Node process/);
    assert.ok(lives(sleeper.pid ?? 0), 'SIGUSR1 would have ended it');
  });

  test(
    'a Node process that does not take the signal is told from one that does',
    { skip: process.platform !== 'linux' },
    async (t) => {
      const service = await startService(t, process.execPath, ['--disable-sigusr1']);
      assert.match(await refusal(t, { pid: service.pid }), /does not accept the signal/);
      assert.ok(lives(service.pid));
    },
  );

  test('port 9229 is held by another process', async (t) => {
    const holder = createServer().listen(9229, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    t.after(() => holder.close());
    const service = await startService(t, process.execPath);
    assert.match(await refusal(t, { pid: service.pid }), /port 9229 may be held by another process/);
    assert.equal(await get(service.port, '/'), 'false');
  });

  test('addresses that are none, or elsewhere', async (t) => {
    assert.match(await refusal(t, { inspector: 'nonsense' }), /is not an inspector URL/);
    assert.match(await refusal(t, { inspector: 'https://127.0.0.1:9229/x' }), /is not an inspector URL/);
    for (const host of ['192.0.2.1', 'example.org', '127.0.0.1.example.org', '[2001:db8::1]']) {
      assert.match(await refusal(t, { inspector: `ws://${host}:9229/x` }), /on another machine/);
    }
    const port = await freePort();
    assert.match(await refusal(t, { inspector: `ws://127.0.0.1:${port}` }), /No inspector answers/);
    assert.match(
      await refusal(t, { inspector: `ws://127.0.0.1:${port}/x` }),
      /Cannot attach "api" to ws:.*no inspector answers there/,
    );
  });
});
