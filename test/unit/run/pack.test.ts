import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import { packedKind, packProfile, packRun, unpackProfile, unpackRun } from '../../../src/run/pack.ts';
import { syntheticFindings, syntheticRun } from '../../fixtures/run.ts';

const run = syntheticRun(3, { durationUs: 2e6 });
const findings = syntheticFindings();

function failsWith(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof SlowpathError && error.code === code && words.test(error.message);
}

describe('packing a run', () => {
  test('comes back equal, columns and all', () => {
    const back = unpackRun(packRun(run, findings));
    assert.deepEqual(back.run, run);
    assert.deepEqual(back.findings, findings);
    assert.equal(packedKind(packRun(run, [])), 'run');
  });

  test('columns are views into the one buffer: nothing is copied', () => {
    const buffer = packRun(run, findings);
    const back = unpackRun(buffer);
    assert.equal(back.run.requests.intendedUs.buffer, buffer);
    assert.equal(back.run.profile?.samples.stack.buffer, buffer);
  });

  test('columns that are themselves windows of a larger buffer are packed alone', () => {
    const wide = new Float64Array(run.requests.length + 8).fill(7);
    const intendedUs = wide.subarray(4, 4 + run.requests.length);
    const back = unpackRun(packRun({ ...run, requests: { ...run.requests, intendedUs } }, []));
    assert.deepEqual(back.run.requests.intendedUs, new Float64Array(run.requests.length).fill(7));
  });

  test('a run without a profile and without requests', () => {
    const empty = { ...run, profile: null };
    assert.equal(unpackRun(packRun(empty, [])).run.profile, null);
  });

  test('hostile names and environment keys stay what they are', () => {
    const names = [
      '</script>',
      '\u001b[31m',
      '\u202egnp.exe',
      '\ufeffbom',
      '\ud800',
      '',
      '__proto__',
      'x'.repeat(1 << 20),
      '🦥',
    ];
    assert.ok(run.profile);
    const strings = run.profile.strings.map((text, index) => names[index] ?? text);
    const hostile = {
      ...run,
      profile: { ...run.profile, strings: [...strings, ...Array.from({ length: 40 }, () => 'pad')] },
    };
    const evidence = JSON.parse('{"__proto__": 1, "constructor": 2, "length": 3}') as object;
    const back = unpackRun(packRun(hostile, [{ evidence }]));
    const expected = names.map((name) => (name === '\ud800' ? '\ufffd' : name));
    assert.deepEqual(back.run.profile?.strings.slice(0, names.length), expected);
    assert.deepEqual(back.findings, [{ evidence }]);
    assert.equal(Object.getPrototypeOf((back.findings[0] as { evidence: object }).evidence), Object.prototype);
  });
});

describe('packing a profile', () => {
  test('comes back equal', () => {
    assert.ok(run.profile);
    assert.deepEqual(unpackProfile(packProfile(run.profile)), run.profile);
  });

  test('is not taken for a run', () => {
    assert.ok(run.profile);
    const buffer = packProfile(run.profile);
    assert.throws(() => unpackRun(buffer), failsWith('FORMAT_MALFORMED', /holds a profile, not a run/));
  });
});

describe('damaged buffers', () => {
  test('say what is wrong', () => {
    const buffer = packRun(run, []);
    assert.throws(() => unpackRun(new ArrayBuffer(0)), failsWith('FORMAT_MALFORMED', /SLOWPACK/));
    assert.throws(() => unpackRun(buffer.slice(0, 40)), failsWith('FORMAT_MALFORMED', /header is cut/));
    assert.throws(
      () => unpackRun(buffer.slice(0, buffer.byteLength - 4096)),
      failsWith('FORMAT_MALFORMED', /past the end|is cut/),
    );
    const garbled = buffer.slice(0);
    new Uint8Array(garbled)[16] = 0;
    assert.throws(() => unpackRun(garbled), failsWith('FORMAT_MALFORMED', /not JSON/));
  });

  test('a newer layout asks for an update', () => {
    const buffer = packRun(run, []);
    new DataView(buffer).setUint32(8, 99, true);
    assert.throws(() => unpackRun(buffer), failsWith('RUN_FUTURE_FORMAT', /update Slowpath/));
  });

  test('the layout before profiles had units is read as µs on the clock', () => {
    assert.ok(run.profile);
    const { unit, timeless, ...older } = run.profile;
    assert.deepEqual([unit, timeless], ['us', false]);
    const profileBuffer = packProfile(older as Profile);
    const runBuffer = packRun({ ...run, profile: older as Profile }, []);
    for (const buffer of [profileBuffer, runBuffer]) new DataView(buffer).setUint32(8, 1, true);
    assert.deepEqual(unpackProfile(profileBuffer), run.profile);
    assert.deepEqual(unpackRun(runBuffer).run.profile, run.profile);
  });

  test('a table whose columns disagree is refused', () => {
    const cut = { ...run, requests: { ...run.requests, status: run.requests.status.subarray(1) } };
    assert.throws(() => unpackRun(packRun(cut, [])), failsWith('FORMAT_MALFORMED', /requests\.status has \d+ rows/));
  });

  test('cut anywhere, it fails with our error and nothing else', () => {
    const buffer = packRun(syntheticRun(1, { durationUs: 2e5, warmupUs: 1e5 }), findings);
    for (let length = 0; length < buffer.byteLength - 8; length += 997) {
      assert.throws(() => unpackRun(buffer.slice(0, length)), SlowpathError, `cut at ${length}`);
    }
  });
});
