import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bundlePath } from '../../../src/bundles.ts';
import { withProbe } from '../../../src/target/environment.ts';
import { nodes, services, temporaryFolder } from './harness.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(node: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  try {
    const { stdout, stderr } = await promisify(execFile)(node, args, { cwd: services, env, timeout: 20_000 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Outcome;
    return { code, stdout, stderr };
  }
}

async function listen(t: TestContext, onData: (bytes: Buffer) => void): Promise<string> {
  const path = join(await temporaryFolder(t), 's');
  const server: Server = createServer((socket) => void socket.on('data', onData).on('error', () => socket.destroy()));
  await new Promise<void>((resolve) => void server.listen(path, () => resolve()));
  t.after(() => server.close());
  return path;
}

describe('the probe changes nothing a program can be seen to do', () => {
  for (const node of nodes) {
    test(`output, exit code and natural end (${node})`, async (t) => {
      const plain = await run(node, ['quiet.cjs'], process.env);
      assert.equal(plain.code, 3);
      let received = 0;
      const socket = await listen(t, (bytes) => (received += bytes.length));
      const probed = await run(
        node,
        ['quiet.cjs'],
        withProbe(process.env as Record<string, string>, { run: 'r', socket, preload: bundlePath('preload') }),
      );
      assert.deepEqual(probed, plain);
      assert.ok(received > 0, 'and it did report');
    });

    test(`without a launcher, or with one that talks nonsense (${node})`, async (t) => {
      const plain = await run(node, ['quiet.cjs'], process.env);
      const nowhere = withProbe(process.env as Record<string, string>, {
        run: 'r',
        socket: '/no/such/socket',
        preload: bundlePath('preload'),
      });
      assert.deepEqual(await run(node, ['quiet.cjs'], nowhere), plain);
      const path = join(await temporaryFolder(t), 's');
      const server = createServer(
        (socket) =>
          void socket.on('error', () => socket.destroy()).write('nonsense\n{"id":1,"method":"none"}\n[]\nnull\n{\n'),
      );
      await new Promise<void>((resolve) => void server.listen(path, () => resolve()));
      t.after(() => server.close());
      const nonsense = withProbe(process.env as Record<string, string>, {
        run: 'r',
        socket: path,
        preload: bundlePath('preload'),
      });
      assert.deepEqual(await run(node, ['quiet.cjs'], nonsense), plain);
    });

    test(`from a folder with spaces and quotes (${node})`, async (t) => {
      const folder = join(await temporaryFolder(t), 'a "b" \\ c');
      cpSync(bundlePath('preload'), join(folder, 'preload.cjs'), { recursive: true });
      let received = 0;
      const socket = await listen(t, (bytes) => (received += bytes.length));
      const outcome = await run(
        node,
        ['quiet.cjs'],
        withProbe(
          { ...(process.env as Record<string, string>), NODE_OPTIONS: '--no-warnings' },
          { run: 'r', socket, preload: join(folder, 'preload.cjs') },
        ),
      );
      assert.equal(outcome.code, 3);
      assert.ok(received > 0);
    });
  }

  test('a module-hooks thread, as loaders start one, is left alone', async (t) => {
    const socket = await listen(t, () => undefined);
    const code =
      'import { register } from "node:module"; register("data:text/javascript,export const load = (url, context, next) => next(url, context)"); await import("node:os"); console.log("fine")';
    const env = withProbe(process.env as Record<string, string>, { run: 'r', socket, preload: bundlePath('preload') });
    const outcome = await run(process.execPath, ['--no-warnings', '--input-type=module', '-e', code], env);
    assert.equal(outcome.stdout, 'fine\n');
    assert.equal(outcome.code, 0);
  });
});
