import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import { importCpuProfile } from '../../../src/profile/formats/cpuprofile.ts';
import { readPlain } from '../../../src/profile/formats/cpuprofileBytes.ts';
import { parseJson } from '../../../src/profile/formats/json.ts';
import { mutated, seededRandom } from './mutations.ts';

const file = readFileSync(join(import.meta.dirname, '../../fixtures/profiles/recursion.cpuprofile'));
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The tables, or the error's code and words; from the bytes, or from what JSON makes of them. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof SlowpathError, String(error));
    return [error.code, error.message];
  }
}

function assertSameAsJson(bytes: Uint8Array, what: string): void {
  const fromBytes = outcome(() => importCpuProfile(bytes));
  assert.deepEqual(
    fromBytes,
    outcome(() => importCpuProfile(parseJson(bytes))),
    what,
  );
}

const root = '{"id":1,"callFrame":{"functionName":"(root)","url":"","lineNumber":-1,"columnNumber":-1},"children":[2]}';
const leaf = (changes = ''): string =>
  `{"id":2,"callFrame":{"functionName":"f","url":"file:///a.js","lineNumber":3,"columnNumber":0}${changes}}`;
const profile = (
  leafText: string,
  rest = '"startTime":10,"endTime":40,"samples":[2,1,2],"timeDeltas":[1,2,3]',
): string => `{"nodes":[${root},${leafText}],${rest}}`;

describe('a .cpuprofile read from its bytes', () => {
  test('is what V8 writes, and gives the same tables as its JSON', () => {
    assert.ok(readPlain(file));
    assertSameAsJson(file, 'as written');
    const spaced = encode(JSON.stringify(JSON.parse(file.toString()), null, 2));
    assert.ok(readPlain(spaced));
    assertSameAsJson(spaced, 'with white space');
  });

  const plain = {
    'keys in another order': profile('{"hitCount":1,"callFrame":{"url":"/a.js","functionName":"f"},"id":2}'),
    'keys nobody knows, whatever they hold': profile(leaf(',"deoptReason":"}]\\"","x":[{"y":[1,null]}]')),
    'lines with ticks': profile(leaf(',"positionTicks":[{"line":7,"ticks":2},{"ticks":1,"line":5}]')),
    'escapes, quotes and letters beyond ASCII in a name': profile(
      '{"id":2,"callFrame":{"functionName":"gét \\"\\u0061\\\\","url":"C:\\\\a b.js"}}',
    ),
    'negative, fractional and exponential deltas': profile(
      leaf(),
      '"startTime":1e3,"endTime":2000.5,"samples":[2,2,2,2],"timeDeltas":[-4,0.25,1E1,-0]',
    ),
    'no samples: hit counts': profile(leaf(',"hitCount":3'), '"startTime":0,"endTime":30,"samples":[]'),
    'a byte order mark': `\ufeff${profile(leaf())}`,
    'parents named instead of children': profile(leaf(',"parent":1')).replace(',"children":[2]', ''),
    'empty lists': '{"nodes":[],"samples":[],"timeDeltas":[]}',
    'a sample of no node': profile(leaf(), '"startTime":0,"endTime":9,"samples":[3],"timeDeltas":[1]'),
    'half a node sampled': profile(leaf(), '"startTime":0,"endTime":9,"samples":[1.5],"timeDeltas":[1]'),
    'nodes in a circle': profile(leaf(',"children":[1]')),
  };
  for (const [name, text] of Object.entries(plain)) {
    test(`${name}: the same as from JSON`, () => {
      assert.ok(readPlain(encode(text)), 'read from its bytes');
      assertSameAsJson(encode(text), name);
    });
  }

  const unusual = {
    'a brace in a name': profile(leaf().replace('"f"', '"f}"')),
    'the old nested form': '{"head":{"id":1,"functionName":"f","children":[]},"startTime":0,"endTime":1,"samples":[1]}',
    'a key twice': profile(leaf(',"id":3')),
    'an escaped key': profile(leaf(',"hit\\u0043ount":1')),
    timestamps: profile(leaf(), '"startTime":0,"endTime":1,"samples":[2],"timestamps":[5]'),
    'ids far apart': profile(leaf()).replaceAll('2', '200000'),
    'an id twice': profile(leaf().replace('"id":2', '"id":1')),
    'a child with two callers': profile(leaf(',"children":[2]')),
    'a child that is not there': profile(leaf(',"children":[9]')),
    'a leading zero': profile(leaf(), '"startTime":010,"endTime":40,"samples":[02],"timeDeltas":[1]'),
    'a number cut short': profile(leaf(), '"startTime":0,"endTime":40,"samples":[2],"timeDeltas":[1.]'),
    'text behind the end': `${profile(leaf())} x`,
    'a comma too much': profile(leaf(), '"startTime":0,"endTime":40,"samples":[2,],"timeDeltas":[1]'),
    'broken JSON under a key nobody knows': profile(leaf(',"x":[1,}]')),
    'nothing but nodes': `{"nodes":[${root.replace(',"children":[2]', '')}]}`,
    'null for a list': profile(leaf(',"children":null')),
  };
  for (const [name, text] of Object.entries(unusual)) {
    test(`${name}: left to JSON`, () => {
      assert.equal(readPlain(encode(text)), null);
      assertSameAsJson(encode(text), name);
    });
  }

  test('every damaged version of a real file gives what its JSON gives, or the same error', () => {
    let read = 0;
    for (let seed = 0; seed < 400; seed++) {
      const bytes = mutated(file, seededRandom(seed));
      if (readPlain(bytes)) read++;
      assertSameAsJson(bytes, `seed ${seed}`);
    }
    assert.ok(read > 0 && read < 400, `${read} of 400 were read from their bytes`);
  });

  test('cut anywhere it is an error with the place, never half a profile', () => {
    const text = encode(profile(leaf(',"positionTicks":[{"line":7,"ticks":2}]')));
    for (let length = 1; length < text.length; length++) {
      assert.equal(readPlain(text.subarray(0, length)), null);
      assert.throws(() => importCpuProfile(text.subarray(0, length)), /cut off at byte/);
    }
  });
});
