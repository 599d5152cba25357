import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { messageOf, SlowpathError } from '../../../src/errors.ts';
import { importers } from '../../../src/profile/formats/importers.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { contentStart } from '../../../src/profile/formats/jsonText.ts';
import { sniffOf } from '../../../src/profile/formats/sniff.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const fixture = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, '../../fixtures/profiles', name));
const keysOf = (text: string): readonly string[] => [...(sniffOf(encode(text), 'head').json?.keys ?? [])];

describe('what can be told of a file without parsing it', () => {
  test('the keys of the root, not those inside its values', () => {
    assert.deepEqual(keysOf('{"a": {"b": [1, {"c": "d"}]}, "e" : "f:", "g":[]}'), ['a', 'e', 'g']);
    assert.deepEqual(keysOf('\ufeff \n{"a\\"b": "}{\\\\", "\\u0061": 1}'), ['a"b', 'a']);
  });

  test('of a list, the keys of its first element', () => {
    assert.deepEqual(keysOf('[{"ph": "X", "args": {"data": 1}}, {"other": 1}]'), ['ph', 'args']);
    assert.deepEqual(keysOf('[1, {"a": 1}]'), []);
  });

  test('text that is cut keeps the keys before the cut', () => {
    assert.deepEqual(keysOf('{"a": 1, "b": {"c": "'), ['a', 'b']);
    assert.deepEqual(keysOf('{"a": 1, "b'), ['a']);
  });

  test('the head is bounded, the whole file is not', () => {
    const bytes = encode(`{"a": "${'x'.repeat(100_000)}", "b": 1}`);
    assert.equal(sniffOf(bytes, 'head').bytes.length, 65_536);
    assert.deepEqual([...(sniffOf(bytes, 'head').json?.keys ?? [])], ['a']);
    assert.deepEqual([...(sniffOf(bytes, 'whole').json?.keys ?? [])], ['a', 'b']);
    const many = encode(`{${Array.from({ length: 5000 }, (_, index) => `"k${index}":1`).join(',')}}`);
    assert.equal(sniffOf(many, 'whole').json?.keys.size, 256);
  });

  test('white space and a byte order mark are no content', () => {
    assert.equal(contentStart(encode('\ufeff \r\n\tx')), 7);
    assert.equal(contentStart(encode('  ')), 2);
    assert.equal(sniffOf(encode('  12'), 'head').json, null);
  });
});

describe('any file', () => {
  test('opens the same when packed with gzip', () => {
    const plain = fixture('recursion.cpuprofile');
    assert.deepEqual(importProfile(gzipSync(plain)), importProfile(plain));
  });

  test('a key behind a first value of more than 64 KB still tells the format', () => {
    const json = JSON.parse(new TextDecoder().decode(fixture('recursion.cpuprofile'))) as object;
    const padded = encode(JSON.stringify({ comment: 'x'.repeat(70_000), ...json }));
    assert.deepEqual(importProfile(padded), importProfile(fixture('recursion.cpuprofile')));
  });

  test('a .cpuprofile is told from its first node: the list is longer than the head', () => {
    const of = (text: string): string[] =>
      importers.filter(({ sniff }) => sniff(sniffOf(encode(text), 'head'))).map(({ id }) => id);
    const node = '{ "id": 1, "hitCount": 0, "callFrame": {"functionName": "(root)"}, "children": [';
    assert.deepEqual(of(`{"nodes": [${node}${'2,'.repeat(40_000)}`), ['cpuprofile']);
    // A heap snapshot's nodes are numbers.
    assert.deepEqual(of(`{"nodes": [${'2,'.repeat(40_000)}`), []);
  });

  test('damaged gzip is told with its byte', () => {
    const packed = gzipSync(fixture('recursion.cpuprofile'));
    assert.throws(() => importProfile(packed.subarray(0, 1000)), failure('FORMAT_MALFORMED', /at byte 1000/));
    assert.throws(() => importProfile(Uint8Array.of(0x1f, 0x8b, 8, 0)), failure('FORMAT_MALFORMED', /at byte 4/));
  });

  test('what others write and no importer reads is named with what opens it', () => {
    const told = (start: string): string => {
      try {
        importProfile(encode(start));
        return 'it opened';
      } catch (error) {
        return messageOf(error);
      }
    };
    for (const start of ['SLOW\u0003 a trace', '*version\n3\nclock=dual\n'])
      assert.match(told(start), /method trace of Android’s runtime \(ART\); profiler\.firefox\.com and Android Studio/);
    assert.match(told('SIMPLEPERF\u0001'), /simpleperf.*profiler\.firefox\.com.*report_sample\.py/);
    assert.match(told('{"dhatFileVersion": 2, "mode": "heap"}'), /heap profile of DHAT; .* dh_view\.html/);
  });

  test('importers have names of their own', () => {
    for (const name of ['id', 'label'] as const) {
      assert.equal(new Set(importers.map((importer) => importer[name])).size, importers.length);
    }
  });
});

function failure(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof SlowpathError && error.code === code && words.test(error.message);
}
