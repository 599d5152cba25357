import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { riskyRepetition } from '../../../src/advice/backtracking.ts';

const risky: readonly (readonly [pattern: string, group: string])[] = [
  ['^(a+)+$', '(a+)+'],
  ['^([a-z]+)*\\d$', '([a-z]+)*'],
  ['^([a-z0-9]+-?)+$', '([a-z0-9]+-?)+'],
  ['(?:\\w+\\s?)*!', '(?:\\w+\\s?)*'],
  ['^(?<name>(?:x+)*)$', '(?:x+)*'],
  ['(\\w|\\d)*$', '(\\w|\\d)*'],
  ['((a{2,})+b?)+', '(a{2,})+'],
  ['(.*)*x', '(.*)*'],
  ['(?:\\d+\\d)+z', '(?:\\d+\\d)+'],
];
for (const [pattern, group] of risky) {
  test(`/${pattern}/ is suspected for ${group}`, () => assert.equal(riskyRepetition(pattern), group));
}

const harmless: readonly string[] = [
  '^[a-z0-9]+(?:-[a-z0-9]+)*$',
  '(?:\\.\\d+)*',
  '"(?:[^"\\\\]|\\\\.)*"',
  '^(?:a|b)*$',
  '(ab)+',
  '^\\d{4}-\\d{2}-\\d{2}(T\\d+)?$',
  '(a+)?',
  '(a+){2}',
  '(?=(a+))b*',
  '[(+)*]+',
  '\\(a+\\)+',
  '^(foo|for)*$',
  '(((',
  ')+',
  '',
];
for (const pattern of harmless) {
  test(`/${pattern}/ is not`, () => assert.equal(riskyRepetition(pattern), null));
}

test('any text is answered', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Array.from('()[]{}|*+?\\^$.,19az-:<>=')), { maxLength: 80 }), (parts) => {
      const found = riskyRepetition(parts.join(''));
      assert.ok(found === null || parts.join('').includes(found));
    }),
    { numRuns: 3000 },
  );
});

test('a long pattern takes linear time', () => {
  const start = process.cpuUsage();
  riskyRepetition('('.repeat(2500) + 'a+'.repeat(1000));
  riskyRepetition('['.repeat(4999));
  riskyRepetition('(?<' + 'a'.repeat(4990));
  assert.ok(process.cpuUsage(start).user < 2e6);
});
