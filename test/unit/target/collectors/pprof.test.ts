/** Profiles of Go that do not come: told with the reason that ended the waiting. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import { PprofSession } from '../../../../src/target/collectors/pprof.ts';
import { freePort, launchSpec, temporaryFolder } from '../harness.ts';

/** A session with a service that takes every request and answers none, once all that spans the window was asked for. */
async function unanswered(t: TestContext, windowUs: number): Promise<PprofSession> {
  const port = await freePort();
  let asked = 0;
  const allAsked = Promise.withResolvers<undefined>();
  const server = createServer(() => {
    if (++asked === 4) allAsked.resolve(undefined);
  }).listen(port, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `http://127.0.0.1:${port}/debug/pprof`;
  const spec = launchSpec('api', { runtime: 'go', pprof: address });
  const session = new PprofSession({ spec, dir: await temporaryFolder(t) }, address);
  session.measuring(windowUs);
  await allAsked.promise;
  return session;
}

test('a run that ends early says that it did', async (t) => {
  const session = await unanswered(t, 3600e6);
  const why = 'the run ended before the profile was there';
  assert.deepEqual(await session.stop(), { files: [], gaps: [{ what: 'CPU profile of api', why }] });
});

test('a profile that is late says that it did not come in time', async (t) => {
  const session = await unanswered(t, 1e6);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const stopping = session.stop();
  // The window's one second, and the patience after it.
  t.mock.timers.tick(11_000);
  const why = 'it did not come in time: not within 10 s after the measured window';
  assert.deepEqual(await stopping, { files: [], gaps: [{ what: 'CPU profile of api', why }] });
});
