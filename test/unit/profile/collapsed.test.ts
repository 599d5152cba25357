import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { forEachLine } from '../../../src/profile/formats/textLines.ts';
import { callTree } from '../../../src/profile/queries/callTree.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { FrameKind, FrameTier, type Profile } from '../../../src/profile/tables.ts';
import { stackLines } from './figures.ts';
import { assertSound } from './invariants.ts';

const fixture = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, '../../fixtures/profiles', name));
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string): Profile => importProfile(encode(text));

describe('collapsed stacks', () => {
  test('every box is as wide as in flamegraph.pl’s picture of the same file', () => {
    const profile = importProfile(fixture('python.collapsed'));
    assertSound(profile);
    assert.deepEqual([profile.unit, profile.timeless], ['count', true]);
    const tree = callTree(profile, sliceWindows(profile));
    assert.equal(tree.sumUs, 463);
    const { strings, frames } = profile;
    const boxes = Array.from(tree.frame, (frame, row) => {
      const file = strings[frames.file[frame] ?? -1];
      const place = file === undefined ? '' : ` (${file}:${frames.line[frame] ?? 0})`;
      return `${strings[frames.name[frame] ?? -1] ?? ''}${place} (${tree.totalUs[row] ?? 0} samples)`;
    });
    const titles = new TextDecoder().decode(fixture('python.flamegraph.txt')).trim().split('\n');
    assert.deepEqual([...boxes, 'all (463 samples)'].sort(), titles.sort());
  });

  test('spaces in frames, CRLF, empty lines, comments, decimals, zeros and remarks', () => {
    const text =
      '# a comment\r\nAttaching 1 probe...\r\nmain;operator new(unsigned long);int f<a, b>() 3\r\n\r\nmain;x  2\r\nmain;y 0\r\nmain 1.5\r\nmain;y 1';
    assert.deepEqual(stackLines(read(text)), [
      'main;operator new(unsigned long);int f<a, b>() 3',
      'main;x  2',
      'main 1.5',
      'main;y 1',
    ]);
  });

  test('async-profiler marks how code ran: interpreted, and by the first compiler', () => {
    const { strings, frames } = read('run_[0];get_[1];put_[j] 1\n');
    const told = Array.from(frames.name, (name, frame) => [strings[name], frames.kind[frame], frames.tier[frame]]);
    const { user } = FrameKind;
    assert.deepEqual(told, [
      ['run', user, FrameTier.interpreted],
      ['get', user, FrameTier.baseline],
      ['put', user, FrameTier.unknown],
    ]);
  });

  test('a script under py-spy: every stack begins with <module>', () => {
    const profile = read('<module> (serve.py:7);hot (serve.py:4) 99\n');
    assert.deepEqual(stackLines(profile), ['<module>;hot 99']);
    assert.deepEqual([...profile.frames.line], [7, 4]);
    // Markup is none.
    assert.throws(() => read('<br> a;b 1\n<p>text; more</p> 2\n</p>x;y 3\n'), { code: 'FORMAT_UNKNOWN' });
  });

  test('counts with many decimals open; two counts a line are the difference of two profiles, and said to be', () => {
    const [first] = stackLines(read('dd;read 14.2343983248722834234\ndd;open 3\n'));
    assert.match(first ?? '', /^dd;read 14\.23/);
    const refused = { code: 'FORMAT_UNKNOWN', message: /two counts for each stack.*open the two profiles themselves/ };
    assert.throws(() => read('dd;read 6 4\ndd;write 0 12\ndd 1.5 2\n'), refused);
    // A number may end a name.
    assert.equal(read('main;worker 7 3\nmain;idle 1\n').samples.length, 2);
  });

  test('marks behind a name give its kind and are no part of it', () => {
    const profile = read('java;Foo:::run_[j];Bar:::get_[i];sys_read_[k];ttwu_[w] 1\nnode;[unknown];main 2\n');
    assert.deepEqual(stackLines(profile)[0], 'java;Foo:::run;Bar:::get;sys_read;ttwu 1');
    const { user, kernel, native } = FrameKind;
    assert.deepEqual([...profile.frames.kind], [user, user, user, kernel, native, user, native, user]);
  });

  test('a place in brackets is told apart from arguments', () => {
    const profile = read('f (/srv/app.py:12);g (x:3);h(char*, int);i (<frozen io>:4);j (a.b (c.py:9) 1\n');
    const names = Array.from(profile.frames.name, (name) => profile.strings[name]);
    assert.deepEqual(names, ['f', 'g (x:3)', 'h(char*, int)', 'i', 'j (a.b']);
    assert.deepEqual([...profile.frames.line], [12, 0, 0, 4, 9]);
  });

  test('empty frames are unknown ones', () => {
    assert.deepEqual(stackLines(read('a;;b 1\na;x 1\nx;y; 1\nx;y 1\na 1\n;x 1\n')), [
      'a;[unknown];b 1',
      'a;x 1',
      'x;y;[unknown] 1',
      'x;y 1',
      'a 1',
      '[unknown];x 1',
    ]);
  });

  test('UTF-16 as PowerShell writes it', () => {
    const text = 'main;größe 12\r\nmain 3\r\n';
    const little = Buffer.from(`\ufeff${text}`, 'utf16le');
    assert.deepEqual(importProfile(little), read(text));
    assert.deepEqual(importProfile(Buffer.from(little).swap16()), read(text));
  });

  test('a file of too many lines without a count is refused with the byte of the first', () => {
    const good = 'a;b 1\n'.repeat(100);
    assert.throws(
      () => read(`${good}${'cut\n'.repeat(40)}`),
      (error: unknown) =>
        error instanceof SlowpathError &&
        error.code === 'FORMAT_MALFORMED' &&
        error.message.includes('line at byte 600 does not end in a count, nor do 39 others'),
    );
  });

  test('other text is not taken for it', () => {
    for (const text of ['hello; world\n', 'a;b\n', 'x 12\ny 13\n', '<svg> ; 12\n', 'a\0;b 12\n', '  main;x 1\n']) {
      assert.throws(
        () => read(text),
        (error: unknown) => error instanceof SlowpathError && error.code === 'FORMAT_UNKNOWN',
        text,
      );
    }
  });

  test('a stack of 100,000 calls', () => {
    const profile = read(`${'r;'.repeat(100_000)}top 7\nmain;x 1\n`);
    assert.equal(profile.stacks.depth[profile.samples.stack[0] ?? 0], 100_000);
  });
});

describe('lines of bytes', () => {
  test('each comes once with its byte, wherever the chunks end', () => {
    const lines = Array.from({ length: 30_000 }, (_, row) => `${'é'.repeat(row % 90)}${row}`);
    const bytes = encode(lines.join('\n'));
    assert.ok(bytes.length > 2 << 20);
    const seen: string[] = [];
    let expected = 0;
    forEachLine(bytes, (line, offset) => {
      if (offset !== expected) assert.fail(`${line} at ${offset}, not ${expected}`);
      expected += encode(line).length + 1;
      seen.push(line);
    });
    assert.deepEqual(seen, lines);
  });

  test('a line of more than 64 MB is none', () => {
    const bytes = new Uint8Array((64 << 20) + 10).fill(0x61);
    bytes[3] = 0x0a;
    assert.throws(() => forEachLine(bytes, () => undefined), /line at byte 4 is longer than 64 MB/);
  });
});
