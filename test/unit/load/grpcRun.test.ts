import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { startEcho } from '../../fixtures/services/grpc/echo.mjs';
import { httpLoad } from '../../fixtures/load.ts';
import type { Grpc, Load, RequestTemplate } from '../../../src/plan/scenario.ts';
import { Outcome } from '../../../src/load/result.ts';
import { fixtures } from './grpcSupport.ts';
import { entries, measure, request, temporaryFolder } from './support.ts';

const built = {
  load: join(import.meta.dirname, '../../../dist/load.cjs'),
  recorder: join(import.meta.dirname, '../../../dist/recorder.cjs'),
};

async function echo(t: TestContext) {
  const started = await startEcho();
  t.after(() => started.stop());
  return started;
}

const files: Grpc = { proto: [join(fixtures, 'echo.proto')], includeDirs: [], client: 'lean', deadlineUs: null };

function grpcLoad(port: number, requests: readonly RequestTemplate[], overrides: Partial<Load> = {}): Load {
  return httpLoad(`grpc://127.0.0.1:${port}`, {
    protocol: 'grpc',
    grpc: files,
    arrivals: { model: 'closed', concurrency: 4 },
    connections: 2,
    streams: 2,
    warmupUs: 100_000,
    durationUs: 400_000,
    requests,
    ...overrides,
  });
}

const asks = (
  name: string,
  call: string,
  messages: unknown[],
  overrides: Partial<RequestTemplate> = {},
): RequestTemplate =>
  request({ name, path: `/slowpath.echo.Echo/${call}`, method: 'POST', body: JSON.stringify(messages), ...overrides });

for (const [how, grpc, started] of [
  ['.proto files, lean', files, entries],
  ['reflection, grpc-js', { proto: [], includeDirs: [], client: 'grpc-js', deadlineUs: null }, entries],
  ['.proto files, lean, as built', files, built],
  ['reflection, grpc-js, as built', { proto: [], includeDirs: [], client: 'grpc-js', deadlineUs: null }, built],
] as const) {
  test(`a plan that speaks gRPC: every kind of call, templates, data, checks, statuses (${how})`, async (t) => {
    const { port, state } = await echo(t);
    const data = join(await temporaryFolder(t), 'names.csv');
    await writeFile(data, 'name\n"o""ne"\ntwo\n');
    const check = { status: null, bodyHolds: '"text":"seven"', bodyMatches: null, headers: {}, echo: false };
    const requests = [
      asks('say', 'Say', [{ payload: 'YWJj', metadata_key: 'x-name' }], { headers: { 'x-name': 'seven' }, check }),
      asks('wrong', 'Say', [{ metadata_key: 'x-name' }], { headers: { 'x-name': 'eight' }, check }),
      asks('filled', 'Say', [{ count: '{{counter}}', metadata_key: '{{names.name}}' }]),
      asks('count', 'Count', [{ count: 3 }]),
      asks('collect', 'Collect', [{}, { payload: 'YWJj' }]),
      asks('chat', 'Chat', [{}, {}]),
      asks('failing', 'Say', [{ code: 9 }]),
      asks('meant to fail', 'Say', [{ code: 5 }], { check: { ...check, bodyHolds: null, status: [5] } }),
    ];
    // So long that each is sent, however slow the machine is.
    const what = grpcLoad(port, requests, { grpc, data: { names: data }, traceparent: true, durationUs: 2_000_000 });
    const { result, table } = await measure(t, what, { entries: started });
    assert.equal(result.cancelled, false);
    const outcomes = new Map<string, Set<string>>();
    for (let i = 0; i < table.length; i++) {
      const name = requests[table.endpoint[i] ?? 0]?.name ?? '';
      const outcome = `${table.outcome[i] ?? -1} ${table.status[i] ?? -1}`;
      outcomes.set(name, (outcomes.get(name) ?? new Set()).add(outcome));
    }
    const good = [`${Outcome.ok} 0`];
    for (const name of ['say', 'filled', 'count', 'collect', 'chat'])
      assert.deepEqual([...(outcomes.get(name) ?? [])], good, name);
    assert.deepEqual([...(outcomes.get('wrong') ?? [])], [`${Outcome.badStatus} 0`]);
    assert.deepEqual([...(outcomes.get('failing') ?? [])], [`${Outcome.badStatus} 9`]);
    assert.deepEqual([...(outcomes.get('meant to fail') ?? [])], [`${Outcome.ok} 5`]);
    assert.match(String(state.metadata.at(-1)?.['traceparent']), /^00-[\da-f]{32}-[\da-f]{16}-01$/);
  });
}

const fails = (t: TestContext, load: Load, message: RegExp) =>
  assert.rejects(measure(t, load), { code: 'LOAD_FAILED', message });

test('what cannot be sent is told before anything is: methods, fields, files, metadata', async (t) => {
  const { port, state } = await echo(t);
  await fails(t, grpcLoad(port, [asks('a', 'Sya', [{}])]), /did you mean "slowpath\.echo\.Echo\/Say"/);
  await fails(t, grpcLoad(port, [asks('a', 'Say', [{ cuont: 1 }])]), /field "cuont".*did you mean "count"/);
  await fails(
    t,
    grpcLoad(port, [asks('a', 'Say', [{}, {}])]),
    /Request "a" cannot be sent: .*takes one message, not 2/,
  );
  await fails(t, grpcLoad(port, [asks('a', 'Say', [{}], { headers: { 'grpc-timeout': '1S' } })]), /gRPC's own/);
  const gone = { ...files, proto: ['/nowhere/a.proto'] };
  await fails(
    t,
    grpcLoad(port, [asks('a', 'Say', [{}])], { grpc: gone }),
    /The file \/nowhere\/a\.proto was not found/,
  );
  assert.equal(state.calls, 0);
});

test('a template that makes no message fails its call by name, not the run', async (t) => {
  const { port, state } = await echo(t);
  const data = join(await temporaryFolder(t), 'counts.csv');
  await writeFile(data, 'count\n5\nmany\n');
  const requests = [asks('filled', 'Say', [{ count: '{{counts.count}}' }])];
  const { result, table } = await measure(t, grpcLoad(port, requests, { data: { counts: data } }));
  assert.ok(table.outcome.includes(Outcome.ok) && table.outcome.includes(Outcome.connectionError));
  assert.match(JSON.stringify(result), /GRPC_MESSAGE_INVALID/);
  assert.ok(state.calls > 0);
});

for (const client of ['lean', 'grpc-js'] as const) {
  test(`the plan's deadline ends a call by itself, and the server hears of it (${client})`, async (t) => {
    const { port, state } = await echo(t);
    const requests = [asks('slow', 'Say', [{ delay_ms: 30_000 }]), asks('quick', 'Say', [{}])];
    const load = grpcLoad(port, requests, { grpc: { ...files, client, deadlineUs: 50_000 }, durationUs: 1_000_000 });
    const { result } = await measure(t, load);
    assert.ok((result.counts.byStatus['DEADLINE_EXCEEDED'] ?? 0) > 0, JSON.stringify(result.counts));
    assert.equal(result.counts.timeouts, 0);
    assert.ok(state.ended > 0);
  });
}
