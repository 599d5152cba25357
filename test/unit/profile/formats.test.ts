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
        importProfile(Uint8Array.from(start, (character) => character.charCodeAt(0)));
        return 'it opened';
      } catch (error) {
        return messageOf(error);
      }
    };
    const known: readonly (readonly [start: string, words: RegExp])[] = [
      ['SLOW\u0003 a trace', /method trace of Android’s runtime \(ART\); profiler\.firefox\.com and Android Studio/],
      ['*version\n3\nclock=dual\n', /method trace of Android’s runtime/],
      ['SIMPLEPERF\u0001', /simpleperf.*profiler\.firefox\.com.*report_sample\.py/],
      ['{"dhatFileVersion": 2, "mode": "heap"}', /heap profile of DHAT; .* dh_view\.html/],
      ['PERFILE2\u0068\0\0\0', /perf record.*"perf script -i FILE > FILE\.txt"/],
      ['FLR\0\0\u0002', /Flight Recorder; "jfrconv -o collapsed FILE OUT"/],
      ['JAVA PROFILE 1.0.2\0', /heap dump of Java/],
      ['Nettrace\u0014\0', /"dotnet-trace convert FILE --format speedscope"/],
      ['\u00dc\u00dfJSLB\u0001\0', /JsonSlabs; .* profiler\.firefox\.com .* as JSON/],
      ['Analysis of sampling rg (pid 7) every 1 millisecond\n', /"sample" of macOS.*stackcollapse-sample\.awk/],
      ['<?xml version="1.0"?>\n<trace-query-result>\n', /Instruments; inferno-collapse-xctrace/],
      ['Weight\tSelf Weight\t\tSymbol Names\n4.93 s  100.0%\t0 s\t  start\n', /Instruments; stackcollapse-instruments/],
      ['# callgrind format\nevents: Ir\n', /Callgrind/],
      ['version: 1\ncreator: xdebug 3.0.2\n', /Callgrind/],
      ['PeriodType: cpu nanoseconds\nPeriod: 10000000\nTime: 2026-11-21\n', /"go tool pprof" prints; the file/],
      ['File: planted\nBuild ID: ccb7190\nType: cpu\nTime: 2026-11-21\n', /"go tool pprof" prints/],
      ['goroutine profile: total 5\n1 @ 0x43 0x44\n', /Go as text; without "debug"/],
      ['heap profile: 1: 2 [3: 4] @ heap/1048576\n', /Go as text/],
      ['--- contention:\ncycles/second=2\n', /Go as text/],
      ['--- Execution profile ---\nTotal samples : 5\n', /async-profiler; with "-o collapsed"/],
      ['Attaching 1 probe...\n@[\n    main+5\n]: 3\n', /bpftrace prints; stackcollapse-bpftrace/],
      ['\n\n@[\n    main+5\n]: 3\n', /bpftrace/],
      ['CPU     ID                    FUNCTION:NAME\n  0  64091  :tick-60s\n', /DTrace prints; stackcollapse\.pl/],
      ['\n   libc.so.1`fork+0x1d\n   bash`main+0x16\n    12\n', /DTrace/],
      ['@ inst_retired.any [35705 samples]\n\n20.86%  [7447]  lz4 @ /boot/kernel\n', /pmcstat/],
      ['{)\u0001', /cProfile.*"py-spy record --format speedscope"/],
      ['<?xml version="1.0" standalone="no"?>\n<!DOCTYPE svg>\n<svg version="1.1">', /picture/],
      ['<!DOCTYPE html>\n<html lang="en">', /page; one of async-profiler/],
      ['PK\u0003\u0004', /zip archive; unpack it/],
      ['(\u00b5/\u00fd', /"zstd -d FILE"/],
      ['BZh9', /xz or bzip2/],
      ['\u007fELF', /program/],
      ['{"snapshot":{"meta":{}},"nodes":[]}', /heap snapshot; the Memory panel/],
      ['{"linux-perf-json-version": 1, "headers": {}, "samples": []}', /perf data convert/],
      ['{"start_time": 1, "sample_count": 5, "root_frame": {}}', /pyinstrument; with "-r speedscope"/],
      ['{"version":1.2,"mode":"wall","samples":4,"missed_samples":0,"frames":{}}', /stackprof --stackcollapse/],
      ['{"version":1,"recording":{}}', /Safari/],
      [
        '{"label":"","markers":[],"profile":{},"fileType":"Recorded Performance Data","version":2}',
        /before 2022; open/,
      ],
      [
        `\n\u000e@\u0081\u0081\u0081\u0081\u0001P\u00012\u0004\b\u0001\u0010\u0002`.repeat(4),
        /trace of Perfetto; "traceconv json FILE OUT"/,
      ],
    ];
    // Behind a first value of more than 64 KB.
    assert.match(told(`{"a":"${'x'.repeat(70_000)}","snapshot":{}}`), /heap snapshot/);
    for (const [start, words] of known) {
      const said = told(start);
      assert.match(said, words);
      assert.match(said, /^This file can't be opened as a profile: [^\n]+\. What opens: /);
    }
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
