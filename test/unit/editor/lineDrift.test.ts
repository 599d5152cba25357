import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineAfter, type LineEdit } from '../../../src/editor/lineDrift.ts';

/** An edit from (line, character) to (line, character), 0-based, with so many line breaks in the new text. */
function edit(from: readonly [number, number], to: readonly [number, number], addedLines: number): LineEdit {
  return { startLine: from[0], startCharacter: from[1], endLine: to[0], endCharacter: to[1], addedLines };
}

test('lines above an edit stay, lines below move by what was added and removed', () => {
  const twoLinesIntoLine5 = edit([4, 3], [4, 3], 2);
  assert.equal(lineAfter(4, twoLinesIntoLine5), 4);
  assert.equal(lineAfter(5, twoLinesIntoLine5), 5);
  assert.equal(lineAfter(6, twoLinesIntoLine5), 8);
  const lines3To5Joined = edit([2, 4], [4, 1], 0);
  assert.equal(lineAfter(2, lines3To5Joined), 2);
  assert.equal(lineAfter(3, lines3To5Joined), 3);
  assert.equal(lineAfter(4, lines3To5Joined), null);
  assert.equal(lineAfter(5, lines3To5Joined), null);
  assert.equal(lineAfter(6, lines3To5Joined), 4);
});

test('a line break before the first character of a line takes the line along', () => {
  assert.equal(lineAfter(5, edit([4, 0], [4, 0], 1)), 6);
  assert.equal(lineAfter(4, edit([4, 0], [4, 0], 1)), 4);
});

test('removing whole lines removes them and keeps the line that moves up', () => {
  const lines3And4Removed = edit([2, 0], [4, 0], 0);
  assert.equal(lineAfter(2, lines3And4Removed), 2);
  assert.equal(lineAfter(4, lines3And4Removed), null);
  assert.equal(lineAfter(5, lines3And4Removed), 3);
});

test('a line that an edit does not touch keeps its text, whatever the edit', () => {
  const editOfTenLines = fc
    .tuple(fc.nat(9), fc.nat(4), fc.nat(9), fc.nat(4), fc.nat(3))
    .filter(([startLine, start, endLine, end]) => startLine < endLine || (startLine === endLine && start <= end));
  fc.assert(
    fc.property(editOfTenLines, fc.integer({ min: 1, max: 10 }), ([startLine, start, endLine, end, added], line) => {
      const before = Array.from({ length: 10 }, (_, index) => `line${index}`);
      const text = before.join('\n');
      const offset = (row: number, column: number): number =>
        before.slice(0, row).join('\n').length + (row > 0 ? 1 : 0) + column;
      const after = (
        text.slice(0, offset(startLine, start)) +
        '\n'.repeat(added) +
        text.slice(offset(endLine, end))
      ).split('\n');
      const current = lineAfter(line, edit([startLine, start], [endLine, end], added));
      const untouched = line - 1 < startLine || line - 1 > endLine;
      if (untouched) assert.equal(after[(current ?? 0) - 1], before[line - 1]);
      if (current !== null) assert.ok(current >= 1 && current <= after.length);
    }),
  );
});
