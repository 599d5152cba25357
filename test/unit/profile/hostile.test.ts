import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SlowpathError } from '../../../src/errors.ts';
import { maxNameLength, ProfileBuilder } from '../../../src/profile/builder.ts';
import { importCpuProfile } from '../../../src/profile/formats/cpuprofile.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { jsonFault, parseJson, type ParseOptions } from '../../../src/profile/formats/json.ts';
import { callTree } from '../../../src/profile/queries/callTree.ts';
import { aggregateFunctions } from '../../../src/profile/queries/functions.ts';
import { aggregateLines } from '../../../src/profile/queries/lines.ts';
import { callees, callers } from '../../../src/profile/queries/sandwich.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { timeOrderRows } from '../../../src/profile/queries/timeOrder.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import { assertSound } from './invariants.ts';

const file = readFileSync(join(import.meta.dirname, '../../fixtures/profiles/recursion.cpuprofile'));
const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const frame = (functionName: string): object => ({ functionName, url: '/a.js', lineNumber: 0, columnNumber: 0 });
const base = { startTime: 0, endTime: 100, samples: [1], timeDeltas: [0] };
const node = (id: number, children: readonly unknown[] = []): object => ({ id, callFrame: frame(`f${id}`), children });

function assertRefused(source: unknown, code: string, message: RegExp): void {
  assert.throws(
    () => (source instanceof Uint8Array ? importProfile(source) : importCpuProfile(source)),
    (error: unknown) =>
      error instanceof SlowpathError &&
      error.code === code &&
      message.test(error.message) &&
      !error.message.includes('\n'),
  );
}

/** Every query must cope with whatever was imported. */
function runAllQueries(profile: Profile): void {
  const weights = sliceWindows(profile);
  const { selfUs, totalUs } = aggregateFunctions(profile, weights);
  for (let frameId = 0; frameId < profile.frames.length; frameId++) {
    assert.ok((selfUs[frameId] ?? 0) <= (totalUs[frameId] ?? 0) + 1e-6 * weights.sumUs);
    assert.ok((totalUs[frameId] ?? 0) <= weights.sumUs * (1 + 1e-9));
  }
  aggregateLines(profile, weights);
  callTree(profile, weights);
  timeOrderRows(profile, { thread: 0 });
  if (profile.frames.length > 0) {
    callers(profile, weights, 0);
    callees(profile, weights, 0);
  }
}

describe('damaged files', () => {
  test('a file cut off anywhere is refused with the byte where it ends', () => {
    for (const length of [1, 2, 17, 1000, file.length >> 1, file.length - 1]) {
      assertRefused(file.subarray(0, length), 'FORMAT_MALFORMED', new RegExp(`cut off at byte ${length}:`));
    }
  });

  test('a fault in the middle is told by its byte, also after characters of several bytes', () => {
    assertRefused(encode('{"nodes": [1, }'), 'FORMAT_MALFORMED', /at byte 14: expected a value/);
    assertRefused(encode('{"nämé€": [1 2]}'), 'FORMAT_MALFORMED', /at byte 17: expected a comma/);
    assertRefused(encode('{"a": tru}'), 'FORMAT_MALFORMED', /at byte 6: expected a value/);
    assertRefused(encode('{"a": "b\u0001"}'), 'FORMAT_MALFORMED', /at byte 8: expected the end of a string/);
    assertRefused(encode('{"a": 1} x'), 'FORMAT_MALFORMED', /at byte 9: expected nothing more/);
  });

  test('the scanner finds a fault in all that JSON.parse refuses, and in nothing else', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '}', ']', ',', ':', '"', 'x', '\\', '-'),
        (json, place, insert) => {
          const at = place % (json.length + 1);
          const text = json.slice(0, at) + insert + json.slice(at + 1);
          let valid = true;
          try {
            JSON.parse(text);
          } catch {
            valid = false;
          }
          const bytes = encode(text);
          const { offset } = jsonFault(bytes);
          // For valid text the scan ends behind it; for broken text it must not claim the end was reached in good order.
          if (valid) assert.deepEqual(jsonFault(bytes), { offset: bytes.length, expected: 'nothing more' });
          else assert.ok(offset < bytes.length || jsonFault(bytes).expected !== 'nothing more', text);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('JSON that is too large for one text gives the same value from pieces of it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.integer({ min: 1, max: 40 }), fc.nat(2), (json, pieceBytes, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        assert.deepEqual(parseJson(encode(text), { pieceBytes }), JSON.parse(text));
      }),
      { numRuns: 1000 },
    );
    const strange = '{"__proto__":{"a":[1,[2,{"b":"]}\\""}]]},"\\u0061":[{"x":1},{"x":2}],"":""}';
    assert.deepEqual(parseJson(encode(`\uFEFF ${strange}\n`), { pieceBytes: 4 }), JSON.parse(strange));
    const keep = (element: unknown): boolean => element !== 2;
    assert.deepEqual(parseJson(encode('{"list":[1,2,3,2]}'), { pieceBytes: 3, keep }), { list: [1, 3] });
    // What is kept is kept whole, however large the lists in it are.
    const event = { name: 'CpuProfile', samples: [1, 2, 3, 2] };
    assert.deepEqual(parseJson(encode(JSON.stringify([2, event, 2])), { pieceBytes: 3, keep }), [event]);
  });

  test('JSON that unfolds to more than may be held is refused, but for what is left out of it', () => {
    const refused = (bytes: Uint8Array, options: ParseOptions): void =>
      assert.throws(() => parseJson(bytes, options), { code: 'FORMAT_TOO_LARGE', message: /more values than fit/ });
    const many = encode(`[${'{},'.repeat(100_000)}1]`);
    refused(many, { heapBytes: 2 ** 20, pieceBytes: 4096 });
    refused(many, { heapBytes: 2 ** 18 });
    assert.equal((parseJson(many, { heapBytes: 2 ** 24, pieceBytes: 4096 }) as unknown[]).length, 100_001);
    const keep = (element: unknown): boolean => element === 1;
    assert.deepEqual(parseJson(many, { heapBytes: 2 ** 18, pieceBytes: 4096, keep }), [1]);
    refused(encode(`{"a":"${'x'.repeat(2 ** 20)}"}`), { heapBytes: 2 ** 19 });
    refused(encode(`{${'"a":[[]],'.repeat(50_000)}"b":1}`), { heapBytes: 2 ** 20, pieceBytes: 4096 });
    assert.throws(() => parseJson(encode('['.repeat(2 ** 20)), { heapBytes: 2 ** 18, pieceBytes: 64 }), {
      code: 'FORMAT_TOO_LARGE',
      message: /nested deeper/,
    });
  });

  test('more names, functions or call paths than any program has are refused', () => {
    const refused = (work: (builder: ProfileBuilder) => void, message: RegExp): void =>
      assert.throws(() => work(new ProfileBuilder({ functions: 10, stacks: 20 })), {
        code: 'FORMAT_TOO_LARGE',
        message,
      });
    const upTo = (count: number, work: (each: number) => void): void => {
      for (let each = 0; each < count; each++) work(each);
    };
    refused((builder) => upTo(11, (each) => builder.string(String(each))), /more than 10 different names/);
    refused((builder) => upTo(11, (each) => builder.frame('a', '', each, 0)), /more than 10 different functions/);
    refused((builder) => upTo(21, (each) => builder.stack(each - 1, 0)), /more than 20 different call paths/);
    const full = new ProfileBuilder({ functions: 10, stacks: 20 });
    upTo(10, (each) => full.frame(`f${each}`, '', 0, 0));
    upTo(20, (each) => full.stack(each - 1, 0));
    assert.equal(full.frame('f3', '', 0, 0), 3, 'what is known still has its number');
  });

  test('and tells what is no JSON by the same words', () => {
    const words = (bytes: Uint8Array, pieceBytes?: number): string => {
      try {
        parseJson(bytes, pieceBytes === undefined ? {} : { pieceBytes });
        return 'opened';
      } catch (error) {
        assert.ok(error instanceof SlowpathError);
        return error.message;
      }
    };
    const damaged = fc
      .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom('', ',', ']', '}', '"', '[', '1', ':', '\\'))
      .map(
        ([text, at, insert]) =>
          text.slice(0, at % (text.length + 1)) + insert + text.slice((at % (text.length + 1)) + 1),
      );
    fc.assert(
      fc.property(damaged, fc.integer({ min: 1, max: 20 }), (text, pieceBytes) => {
        assert.equal(words(encode(text), pieceBytes), words(encode(text)), text);
      }),
      { numRuns: 2000 },
    );
  });

  test('other files are named, whatever they are called', () => {
    assertRefused(new Uint8Array(), 'FORMAT_MALFORMED', /empty/);
    assertRefused(encode('   '), 'FORMAT_MALFORMED', /empty/);
    assertRefused(encode('PK\u0003\u0004'), 'FORMAT_UNKNOWN', /zip archive/);
    assertRefused(encode('\u007fELF'), 'FORMAT_UNKNOWN', /a program/);
    assertRefused(encode('[1,2]'), 'FORMAT_UNKNOWN', /What opens: .*\.cpuprofile/);
    assertRefused(encode({ snapshot: {} }), 'FORMAT_UNKNOWN', /heap snapshot/);
    assertRefused(encode({ nodes: 1 }), 'FORMAT_UNKNOWN', /its nodes are missing/);
    assertRefused(encode({ hello: 1 }), 'FORMAT_UNKNOWN', /no known format/);
  });
});

describe('hostile content', () => {
  test('cycles, strangers, twins and orphans are refused', () => {
    assertRefused({ ...base, nodes: [node(1, [2]), node(2, [1])] }, 'FORMAT_MALFORMED', /circle/);
    assertRefused({ ...base, nodes: [node(1, [1])] }, 'FORMAT_MALFORMED', /circle/);
    assertRefused({ ...base, nodes: [node(1, [9])] }, 'FORMAT_MALFORMED', /node 9, which is not/);
    assertRefused({ ...base, nodes: [node(1, ['x'])] }, 'FORMAT_MALFORMED', /of type string/);
    assertRefused({ ...base, nodes: [node(1), node(1)] }, 'FORMAT_MALFORMED', /two nodes have the id 1/);
    assertRefused({ ...base, nodes: [node(1, [3]), node(2, [3]), node(3)] }, 'FORMAT_MALFORMED', /two callers/);
    assertRefused({ ...base, nodes: [node(1), { ...node(2), parent: 5 }] }, 'FORMAT_MALFORMED', /called by node 5/);
    assertRefused({ ...base, nodes: [{ callFrame: frame('a') }] }, 'FORMAT_MALFORMED', /no numeric id/);
    assertRefused({ ...base, nodes: [null] }, 'FORMAT_MALFORMED', /nodes\[0\]/);
  });

  test('samples of unknown nodes and times that are none are refused', () => {
    const nodes = [node(1)];
    assertRefused({ ...base, nodes, samples: [2] }, 'FORMAT_MALFORMED', /samples\[0\]/);
    assertRefused({ ...base, nodes, samples: [-1] }, 'FORMAT_MALFORMED', /samples\[0\]/);
    assertRefused({ ...base, nodes, timeDeltas: [Number.NaN] }, 'FORMAT_MALFORMED', /timeDeltas\[0\] is not a time/);
    assertRefused({ ...base, nodes, timeDeltas: [null] }, 'FORMAT_MALFORMED', /timeDeltas\[0\]/);
    assertRefused({ ...base, nodes, timeDeltas: [1e300] }, 'FORMAT_MALFORMED', /timeDeltas\[0\]/);
    assertRefused(
      { ...base, nodes, samples: [1, 1], timeDeltas: [2 ** 53, 2 ** 53] },
      'FORMAT_MALFORMED',
      /sum of timeDeltas/,
    );
    assertRefused({ ...base, nodes, timeDeltas: [1, 2] }, 'FORMAT_MALFORMED', /1 samples but 2 time deltas/);
    assertRefused({ ...base, nodes, startTime: 'now' }, 'FORMAT_MALFORMED', /startTime/);
  });

  test('names stay data: markup, control and direction characters pass through unchanged', () => {
    for (const name of [
      '</script><script>alert(1)</script>',
      '\u001b[31mred\u001b[0m',
      '\u202eevil\u2066',
      '__proto__',
      'constructor',
      '\ud800',
    ]) {
      const profile = importProfile(encode({ ...base, nodes: [{ id: 1, callFrame: frame(name) }] }));
      assertSound(profile);
      assert.equal(
        profile.strings[profile.frames.name[0] ?? -1],
        name.toWellFormed() === name ? name : profile.strings[0],
      );
      runAllQueries(profile);
    }
  });

  test('a name of ten megabytes is cut and its length said', () => {
    const profile = importProfile(encode({ ...base, nodes: [{ id: 1, callFrame: frame('x'.repeat(10 * 2 ** 20)) }] }));
    assertSound(profile);
    const name = profile.strings[profile.frames.name[0] ?? -1] ?? '';
    assert.ok(name.length <= maxNameLength && name.endsWith('… (10485760 characters)'));
  });

  test('a stack of 100,000 calls, nested or flat, goes through every query', () => {
    const depth = 100_000;
    const flat = {
      ...base,
      samples: [depth],
      nodes: Array.from({ length: depth }, (_, id) => node(id + 1, id + 1 < depth ? [id + 2] : [])),
    };
    const deep = importProfile(encode(flat));
    assert.equal(deep.stacks.depth[deep.samples.stack[0] ?? 0], depth - 1);
    runAllQueries(deep);
    const text =
      `{"functionName":"r","url":"/a.js","lineNumber":1,"hitCount":0,"children":[`.repeat(depth) + ']}'.repeat(depth);
    const nested = importProfile(
      encode(`{"head":${text.replace('"hitCount":0', '"hitCount":1')},"startTime":0,"endTime":1}`),
    );
    assert.equal(nested.stacks.length, depth);
    runAllQueries(nested);
  });
});

describe('fuzz', () => {
  const importQuietly = (bytes: Uint8Array): void => {
    let profile: Profile;
    try {
      profile = importProfile(bytes);
    } catch (error) {
      assert.ok(error instanceof SlowpathError && error.code.startsWith('FORMAT_'), String(error));
      return;
    }
    assertSound(profile);
    runAllQueries(profile);
  };

  test('any bytes give a sound profile or one clear error', () => {
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(encode)), importQuietly), {
      numRuns: 2000,
    });
  });

  test('a real file with bytes changed, removed or doubled does too', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.nat(file.length - 1),
            byte: fc.constantFrom(0, 0x22, 0x2d, 0x30, 0x39, 0x5b, 0x5d, 0x7b, 0x7d, 0x2c, 0xff),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        fc.nat(file.length),
        fc.nat(200),
        (changes, from, length) => {
          const changed = Uint8Array.from(file);
          for (const { at, byte } of changes) changed[at] = byte;
          importQuietly(
            length % 3 === 0 ? concat(changed.subarray(0, from), changed.subarray(from + length)) : changed,
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('well-formed JSON of the right shape with wild values does too', () => {
    const id = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constantFrom(-1, 1.5, 2 ** 40));
    const wildNode = fc.record(
      {
        id,
        callFrame: fc.oneof(
          fc.record({
            functionName: fc.string(),
            url: fc.string(),
            lineNumber: fc.double(),
            columnNumber: fc.double(),
          }),
          fc.constant(null),
        ),
        children: fc.array(id, { maxLength: 3 }),
        parent: id,
        hitCount: fc.double(),
        positionTicks: fc.array(fc.oneof(fc.record({ line: fc.double(), ticks: fc.double() }), fc.constant(7))),
      },
      { requiredKeys: ['id'] },
    );
    const wild = fc.record(
      {
        nodes: fc.uniqueArray(wildNode, { selector: (entry) => entry.id, maxLength: 6 }),
        samples: fc.array(id, { maxLength: 8 }),
        timeDeltas: fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 8 }),
        timestamps: fc.array(fc.double(), { maxLength: 8 }),
        startTime: fc.integer(),
        endTime: fc.integer(),
      },
      { requiredKeys: ['nodes', 'startTime'] },
    );
    fc.assert(
      fc.property(wild, (profile) => importQuietly(encode(profile))),
      { numRuns: 2000 },
    );
  });
});

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
