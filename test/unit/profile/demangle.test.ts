import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { demangle } from '../../../src/profile/formats/demangle/demangle.ts';

/** Names of libstdc++, Node and cargo, with what binutils' `c++filt` makes of them (C++ without parameters: `-p`). */
const pairs = readFileSync(join(import.meta.dirname, '../../fixtures/profiles/perf/mangled.tsv'), 'utf8')
  .trim()
  .split('\n')
  .map((row) => row.split('\t') as [mangled: string, name: string]);

/** c++filt's old way of closing templates, and what it hangs behind a name: the hash of a Rust function, a method's const. */
function plain(name: string): string {
  return name
    .replaceAll(/> (?=>)/g, '>')
    .replace(/::h[0-9a-f]{16}$/, '')
    .replace(/(?: const| volatile| &&?)+$/, '');
}

describe('names as the linker sees them', () => {
  test('every name of real programs reads as c++filt reads it', () => {
    assert.ok(pairs.length > 500);
    const wrong = pairs.filter(([mangled, name]) => demangle(mangled) !== plain(name));
    assert.deepEqual(
      wrong.map(([mangled, name]) => ({ mangled, got: demangle(mangled), name })),
      [],
    );
  });

  test('suffixes of the compiler go, versions and stubs stay', () => {
    assert.equal(demangle('_ZN3foo3barEv.constprop.0'), 'foo::bar');
    assert.equal(demangle('_ZN3foo3barEv.cold'), 'foo::bar');
    assert.equal(demangle('_ZN3foo3barEv@plt'), 'foo::bar@plt');
    assert.equal(demangle('_ZN4core3fmt5write17h0123456789abcdefE.llvm.123'), 'core::fmt::write');
  });

  test('what is no mangled name, or a rare one, stays as it is', () => {
    for (const name of ['main', '_Zebra', '_RNothing', '_ZN', '_ZN3fo', '_Z3fooIXplT_Li1EEEvT_', '_start', '', '_ZNE'])
      assert.equal(demangle(name), name);
  });

  test('a class named inside itself, substitutions and function pointers', () => {
    assert.equal(demangle('_ZN1AIiEC2Ev'), 'A<int>::A');
    assert.equal(demangle('_ZN1A1BD1Ev'), 'A::B::~B');
    assert.equal(demangle('_Z1fIPFviEEvT_'), 'f<void (*)(int)>');
    assert.equal(demangle('_Z1fIRA3_KcEvT_'), 'f<char const (&) [3]>');
    assert.equal(demangle('_ZNSt6vectorIiSaIiEE9push_backERKi'), 'std::vector<int, std::allocator<int>>::push_back');
    assert.equal(demangle('_ZZ4mainENKUliE_clEi'), 'main::{lambda(int)#1}::operator()');
  });

  test('made to cost time, a name is left alone at once', () => {
    // Each substitution doubles the one before: 2^40 characters if it were written out.
    const doubling = `_Z1fI1aE${Array.from({ length: 40 }, (_, n) => `S${n === 0 ? '' : (n - 1).toString(36).toUpperCase()}_`).join('')}`;
    const bomb = `_RINvC1a1b${Array.from({ length: 60 }, () => 'TB_B_E').join('')}E`;
    const deep = `_Z1f${'P'.repeat(3000)}i`;
    const started = performance.now();
    for (const name of [doubling, bomb, deep, `_ZN${'1a'.repeat(2000)}`, `_R${'I'.repeat(3000)}`])
      assert.ok(demangle(name).length <= 4096);
    assert.ok(performance.now() - started < 2000);
  });

  test('changed names never throw and never grow without bound', () => {
    const letters = fc.constantFrom(...'_ZNRESTIKPLBCDFXJ0123456789abcsvtj$.'.split(''));
    fc.assert(
      fc.property(
        fc.constantFrom(...pairs.map(([mangled]) => mangled)),
        fc.array(fc.tuple(fc.nat(400), letters), { maxLength: 4 }),
        (mangled, changes) => {
          const letters = mangled.split('');
          for (const [at, letter] of changes) letters[at % letters.length] = letter;
          assert.ok(demangle(letters.join('')).length <= 4096);
        },
      ),
      { numRuns: 5000 },
    );
  });
});
