import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { FrameKind, FrameTier, type Profile } from '../../../src/profile/tables.ts';
import { assertSound } from './invariants.ts';

const fixture = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, '../../fixtures/profiles/v8log', name));
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const states = new Set(['(garbage collector)', '(parser)', '(bytecode compiler)', '(compiler)', '(logging)', '(idle)']);

const nameOf = (profile: Profile, stack: number): string =>
  profile.strings[profile.frames.name[profile.stacks.frame[stack] ?? 0] ?? 0] ?? '';

describe('a real log against node --prof-process', () => {
  const profile = importProfile(fixture('render.json'));
  const report = fixture('render.report.txt').toString();

  test('all ticks, and those of the garbage collector', () => {
    assertSound(profile);
    assert.equal(profile.samples.length, Number(/\((\d+) ticks/.exec(report)?.[1]));
    const inGc = [...profile.samples.stack].filter((stack) => nameOf(profile, stack) === '(garbage collector)');
    assert.equal(inGc.length, Number(/^\s+(\d+).*\sGC$/m.exec(report)?.[1]));
  });

  test('ticks of every JavaScript function and builtin by itself', () => {
    const self = new Map<string, number>();
    for (const top of profile.samples.stack) {
      // What the machine was doing stands on top of the code that it was doing it for.
      const stack = states.has(nameOf(profile, top)) ? (profile.stacks.parent[top] ?? -1) : top;
      if (stack < 0) continue;
      const frame = profile.stacks.frame[stack] ?? 0;
      const line = profile.frames.line[frame] ?? 0;
      const key = line > 0 ? `${line}:${profile.frames.column[frame] ?? 0}` : nameOf(profile, stack);
      self.set(key, (self.get(key) ?? 0) + 1);
    }
    const rows = [...report.matchAll(/^\s+(\d+)\s+[\d.]+%\s+[\d.]+%\s+(Builtin|JS|RegExp): (.+)$/gm)].slice(0, 16);
    assert.equal(rows.length, 16);
    for (const [, ticks, kind, described = ''] of rows) {
      const key =
        kind === 'JS'
          ? (/\d+:\d+$/.exec(described)?.[0] ?? '')
          : kind === 'RegExp'
            ? `RegExp: ${described}`
            : described;
      assert.ok((self.get(key) ?? 0) >= Number(ticks), described);
    }
  });

  test('tiers and places of functions', () => {
    const frames = [...profile.frames.line.keys()].filter(
      (frame) => profile.strings[profile.frames.file[frame] ?? -1] === '/srv/app/render.cjs',
    );
    const tiersOf = new Set(frames.map((frame) => profile.frames.tier[frame]));
    assert.ok(tiersOf.has(FrameTier.interpreted) && tiersOf.has(FrameTier.optimised));
    for (const frame of frames) assert.equal(profile.frames.kind[frame], FrameKind.user);
  });
});

describe('logs with faults', () => {
  const code = [{ name: 'work /a.js:1:2', type: 'JS', kind: 'Opt', func: 0 }];
  const functions = [{ name: 'work /a.js:1:2', codes: [0] }];
  const log = (ticks: unknown): object => ({ code, functions, ticks, scripts: [] });
  const refused = (value: unknown, message: RegExp): void =>
    assert.throws(
      () => importProfile(encode(value)),
      (error: unknown) =>
        error instanceof SlowpathError && error.code === 'FORMAT_MALFORMED' && message.test(error.message),
    );

  test('a tick stands for the time until the next; ticks out of order are sorted', () => {
    const profile = importProfile(
      encode(
        log([
          { tm: 30, vm: 0, s: [0, 4] },
          { tm: 10, vm: 0, s: [0, 4] },
          { tm: 50, vm: 1, s: [] },
        ]),
      ),
    );
    assertSound(profile);
    assert.deepEqual([...profile.samples.timeUs], [10, 30, 50]);
    assert.deepEqual([...profile.samples.weightUs], [20, 20, 20]);
    assert.equal(nameOf(profile, profile.samples.stack[2] ?? 0), '(garbage collector)');
    assert.deepEqual(
      [profile.frames.line[0], profile.frames.column[0], profile.frames.tier[0]],
      [1, 2, FrameTier.optimised],
    );
  });

  test('an address without code is no frame; a stack of nothing else is the program', () => {
    const profile = importProfile(encode(log([{ tm: 1, vm: 0, s: [-1, 77] }])));
    assert.equal(nameOf(profile, profile.samples.stack[0] ?? 0), '(program)');
  });

  test('code that is not there and ticks without time are named', () => {
    refused(log([{ tm: 1, vm: 0, s: [9, 0] }]), /code that is not in the file/);
    refused(log([{ vm: 0, s: [] }]), /ticks\[0\]/);
    refused(log([{ tm: 1, s: 5 }]), /ticks\[0\]/);
    refused({ code, functions, ticks: 1 }, /ticks is missing/);
  });
});
