import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Outcome } from '../../../src/load/result.ts';
import { joinRequests } from '../../../src/trace/join.ts';
import { requestTable, runtimeTables, type PlainRequest, type PlainRuntime } from './syntheticRun.ts';

type Served = NonNullable<PlainRuntime['served']>[number];
const served = (port: number, start: number): Served => ({ port, start, syncEnd: start + 10, finish: start + 20 });
const join = (requests: readonly PlainRequest[], server: readonly Served[]): number[] => [
  ...joinRequests(requestTable(requests), runtimeTables({ served: server }).serverRequests).serverRow,
];

describe('a client request and its server side', () => {
  test('are told by port and time', () => {
    const requests = [
      { intended: 0, done: 900, port: 1 },
      { intended: 100, done: 1000, port: 2 },
      { intended: 5000, done: 6000, port: 1 },
    ];
    assert.deepEqual(join(requests, [served(2, 300), served(1, 200), served(1, 5100)]), [1, 0, 2]);
  });

  test('a server request from before or between belongs to nobody', () => {
    const requests = [
      { intended: 10_000, done: 11_000, port: 1 },
      { intended: 20_000, done: 21_000, port: 1 },
    ];
    assert.deepEqual(join(requests, [served(1, 5000), served(1, 15_000), served(1, 20_500)]), [-1, 2]);
  });

  test('a client request whose server side is lost does not take the next one', () => {
    const requests = [
      { intended: 0, done: 1000, port: 1 },
      { intended: 5000, done: 6000, port: 1 },
    ];
    assert.deepEqual(join(requests, [served(1, 5500)]), [-1, 0]);
  });

  test('after a time-out the server may begin later, until the port is used again', () => {
    const timedOut = { intended: 0, done: 1000, port: 1, outcome: Outcome.timeout };
    assert.deepEqual(join([timedOut], [served(1, 50_000)]), [0]);
    assert.deepEqual(join([timedOut, { intended: 60_000, done: 61_000, port: 1 }], [served(1, 60_100)]), [-1, 0]);
  });

  test('what was never sent, or on an unknown port, has none', () => {
    const requests = [
      { intended: 0, sent: Number.NaN, done: 1000, port: 1, outcome: Outcome.unsent },
      { intended: 0, done: 1000, port: 0 },
    ];
    const { serverRow, sent, matched } = joinRequests(
      requestTable(requests),
      runtimeTables({ served: [served(1, 100)] }).serverRequests,
    );
    assert.deepEqual([[...serverRow], sent, matched], [[-1, -1], 1, 0]);
  });

  test('requests of one turn: the own part ends where the next one begins', () => {
    const server = [
      { port: 1, start: 100, syncEnd: 900, finish: 950 },
      { port: 2, start: 300, syncEnd: 900, finish: 950 },
      { port: 3, start: 2000, syncEnd: 2100, finish: 2200 },
    ];
    const { ownEndUs } = joinRequests(requestTable([]), runtimeTables({ served: server }).serverRequests);
    assert.deepEqual([...ownEndUs], [300, 900, 2100]);
  });

  test('any traffic on any ports, in any order of the server rows, finds itself again', () => {
    const traffic = fc.array(
      fc.record({
        port: fc.integer({ min: 1, max: 4 }),
        gap: fc.integer({ min: 500, max: 5000 }),
        wait: fc.integer({ min: 1, max: 900 }),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(traffic, fc.infiniteStream(fc.nat()), (steps, order) => {
        const free = new Map<number, number>();
        const requests = steps.map(({ port, gap, wait }) => {
          const sent = (free.get(port) ?? 0) + gap;
          free.set(port, sent + wait + 10);
          return { intended: sent, sent, done: sent + wait + 10, port, start: sent + wait };
        });
        const shuffled = requests
          .map((request, row) => ({ row, key: order.next().value as number, ...request }))
          .sort((a, b) => a.key - b.key);
        const rows = join(
          requests,
          shuffled.map(({ port, start }) => served(port, start)),
        );
        assert.deepEqual(
          rows,
          requests.map((_, row) => shuffled.findIndex((entry) => entry.row === row)),
        );
      }),
      { numRuns: 300 },
    );
  });
});
