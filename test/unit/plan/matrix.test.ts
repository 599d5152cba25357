import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPlan } from '../../../src/plan/read.ts';
import { resolveMatrix, type AskedMatrix } from '../../../src/plan/resolveMatrix.ts';
import { faultsOf, load, messageOf } from './expect.ts';

const asPlanned: AskedMatrix = { shapes: undefined, clients: undefined, durationUs: undefined, soakUs: undefined };
const two = '"targets": { "a": { "command": "a.js" }, "b": { "command": "b.js" } },';

function planOf(matrix: string, targets = ''): string {
  return `{ "scenarios": { "shop": { ${targets} ${load} ${matrix === '' ? '' : `, "matrix": ${matrix}`} } } }`;
}

function cells(matrix: string, asked: Partial<AskedMatrix> = {}, targets = ''): string[] {
  const plan = readPlan(planOf(matrix, targets), '/w/slowpath.jsonc');
  const around = { file: '/w/slowpath.jsonc', workspaceFolder: '/w', env: { LONG: '2h' } };
  return resolveMatrix(plan, around, { ...asPlanned, ...asked }).map(
    ({ shape, clients, durationUs }) => `${shape} ${clients ?? 'plan'} ${durationUs / 1e6}`,
  );
}

test('Without a matrix in the plan: every shape that fits, as long as the load, and ten minutes of soak', () => {
  assert.deepEqual(cells(''), ['single 1 15', 'many plan 15', 'soak plan 600']);
  assert.deepEqual(cells('{}', {}, two), ['single 1 15', 'many plan 15', 'chain plan 15', 'soak plan 600']);
});

test('A matrix names its shapes, their durations and their clients; the order is always the same', () => {
  const matrix = '{ "soak": { "duration": "${env:LONG}" }, "many": { "clients": ["plan", 4, 64], "duration": "20s" } }';
  assert.deepEqual(cells(matrix), ['many plan 20', 'many 4 20', 'many 64 20', 'soak plan 7200']);
  assert.deepEqual(cells('{ "chain": {} }', {}, two), ['chain plan 15']);
});

test('What a person asks for comes before the plan', () => {
  const matrix = '{ "single": { "duration": "20s" }, "soak": {} }';
  assert.deepEqual(cells(matrix, { durationUs: 2e6, soakUs: 3e6 }), ['single 1 2', 'soak plan 3']);
  assert.deepEqual(cells(matrix, { shapes: ['many', 'single'], clients: [null, 8] }), [
    'single 1 20',
    'many plan 15',
    'many 8 15',
  ]);
});

test('A chain of one target, and what is no matrix, are told at their place', () => {
  assert.match(
    messageOf('USAGE', () => cells('{ "chain": {} }')),
    /^Scenario "shop" has no target; a chain takes two or more: leave the shape "chain" out\.$/,
  );
  const fault = (matrix: string): string => faultsOf(planOf(matrix)).join('\n');
  assert.match(fault('{ "many": { "clients": [] } }'), /the list is empty/);
  assert.match(fault('{ "many": { "clients": ["all"] } }'), /this must be "plan" or a number of clients; write 16/);
  assert.match(fault('{ "many": { "clients": [0] } }'), /0 is too small; write at least 1/);
  assert.match(fault('{ "soak": { "duration": "1ms" } }'), /"1ms" is too short; write at least/);
  assert.match(fault('{ "soap": {} }'), /soak/);
  assert.match(
    messageOf('PLAN_INVALID', () => cells('{ "soak": { "duration": "${env:SHORT}" } }')),
    /^slowpath\.jsonc:1:\d+: the environment variable "SHORT" is not set/,
  );
});
