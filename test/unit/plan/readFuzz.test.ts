import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { SlowpathError } from '../../../src/errors.ts';
import { planProblems, readPlan, scenarioLines } from '../../../src/plan/read.ts';

const real = ['issue', 'full'].map((name) =>
  readFileSync(join(import.meta.dirname, `../../fixtures/plans/${name}.jsonc`), 'utf8'),
);

/** Reads, and holds whatever comes out against what a user may rely on. */
function readSafely(text: string): void {
  const before = process.cpuUsage();
  const lineCount = text.split(/\r\n|\n|\r/).length;
  const problems = planProblems(text);
  scenarioLines(text);
  try {
    readPlan(text, '/elsewhere/slowpath.jsonc');
    assert.deepEqual(problems, []);
  } catch (error) {
    if (!(error instanceof SlowpathError)) throw error;
    assert.match(error.code, /^PLAN_(SYNTAX|INVALID)$/);
    const lines = error.message.split('\n');
    for (const line of lines) {
      assert.match(line, /^slowpath\.jsonc:[1-9]\d*:[1-9]\d*: .+; .+$/u);
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }
    const first = problems[0];
    assert.ok(first);
    assert.equal(lines[0], `slowpath.jsonc:${first.line}:${first.column}: ${first.message}`);
  }
  for (const { line, column, endLine, endColumn } of problems) {
    assert.ok(line >= 1 && line <= endLine && endLine <= lineCount && column >= 1 && endColumn >= 1);
  }
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 2e6);
}

const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '//',
    '/*',
    '*/',
    '\\',
    '\n',
    '\r',
    '\0',
    '\uFEFF',
    '\u202e',
    '\u001b[31m',
    '\ud800',
    '${',
    '${env:X}',
    '1e999',
    '-',
    'null',
    '"__proto__": 1,',
    '"a": ',
  ),
);

test('arbitrary text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), readSafely), { numRuns: 1000 });
});

test('arbitrary pieces of JSON', () => {
  fc.assert(
    fc.property(
      fc.array(junk, { maxLength: 60 }).map((pieces) => pieces.join('')),
      readSafely,
    ),
    { numRuns: 1000 },
  );
});

test('real plans, cut, doubled and sprinkled with junk', () => {
  const edit = fc.record({ at: fc.nat(2500), remove: fc.nat(40), insert: junk });
  fc.assert(
    fc.property(fc.constantFrom(...real), fc.array(edit, { minLength: 1, maxLength: 4 }), (plan, edits) => {
      readSafely(
        edits.reduce(
          (text, { at, remove, insert }) =>
            text.slice(0, at % text.length) + insert + text.slice((at % text.length) + remove),
          plan,
        ),
      );
    }),
    { numRuns: 1500 },
  );
});

test('plans of the right shape with any value in any place', () => {
  const key = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom(
      'scenarios',
      'targets',
      'api',
      'load',
      'url',
      'arrivals',
      'model',
      'rate',
      'requests',
      'path',
      'headers',
      'body',
      'collect',
      'cpu',
      'slo',
      'pid',
      'command',
      'env',
      'ready',
      'http',
      'timeout',
      'constructor',
      'toString',
      'hasOwnProperty',
    ),
  );
  const leaf = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('poisson', '15s', '15 sec', 'p99 < 2ms', '/', 'node', 'closed', 500),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 7, withCrossShrink: true },
      leaf,
      fc.dictionary(key, tie('value'), { maxKeys: 5 }),
      fc.array(tie('value'), { maxLength: 4 }),
    ),
  }));
  const wrap = fc.constantFrom(
    (inside: unknown) => inside,
    (inside: unknown) => ({ scenarios: inside }),
    (inside: unknown) => ({ scenarios: { a: inside } }),
    (inside: unknown) => ({ scenarios: { a: { targets: { api: inside }, load: inside } } }),
    (inside: unknown) => ({
      scenarios: { a: { load: { url: 'http://127.0.0.1', arrivals: inside, requests: [inside] }, slo: inside } },
    }),
  );
  fc.assert(
    fc.property(value, wrap, (inside, around) => readSafely(JSON.stringify(around(inside)))),
    { numRuns: 1500 },
  );
});
