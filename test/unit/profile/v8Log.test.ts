import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { importV8Log } from '../../../src/profile/formats/v8Log.ts';
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

describe('a file cut off anywhere', () => {
  test('is one error that names the place', () => {
    const whole = fixture('render.json');
    const end = whole.lastIndexOf('}');
    // Spread over the file, and every byte of its end.
    const cuts = Array.from({ length: 60 }, (_, row) => Math.floor((end * (row + 1)) / 61));
    for (let cut = end - 40; cut <= end; cut++) cuts.push(cut);
    for (const cut of cuts)
      assert.throws(
        () => importProfile(whole.subarray(0, cut)),
        (error: unknown) =>
          error instanceof SlowpathError &&
          error.code === 'FORMAT_MALFORMED' &&
          error.message.startsWith(`The profile is cut off at byte ${cut}: `),
        `cut at ${cut}`,
      );
  });

  test('V8’s own log before it was made readable says what makes it so, whole or cut', () => {
    const log = 'v8-version,13,6,233,17,-node.53,0\ntick,0x1,2,0,0x0,0\ncode-creation,Ja';
    for (const cut of [11, 20, log.length])
      assert.throws(() => importProfile(new TextEncoder().encode(log.slice(0, cut))), {
        code: 'FORMAT_UNKNOWN',
        message: /it is the log that node --prof writes; "node --prof-process --preprocess FILE > FILE\.json"/,
      });
  });
});

describe('inlining and lines', () => {
  // `outer` begins on line 1; `inner` stands on lines 2 to 4; `leaf` on line 5 of another script.
  const scripts = [
    { url: '/a.js', source: 'function outer() {\nfunction inner() {\n  leaf();\n}\n inner();\n}' },
    { url: '/b.js', source: '\n\n\n\nfunction leaf() {}\n' },
  ];
  const functions = [
    { name: 'outer /a.js:1:15', codes: [0] },
    { name: 'inner /a.js:2:15', codes: [1] },
    { name: 'leaf /b.js:5:14', codes: [2] },
  ];
  const code = [
    {
      name: 'outer /a.js:1:15',
      type: 'JS',
      kind: 'Opt',
      func: 0,
      source: {
        script: 0,
        start: 14,
        end: 60,
        positions: 'C10O19C20O41I0C30O9I1',
        inlined: 'F0O54F1O41I0',
        fns: [1, 2],
      },
    },
    {
      name: 'inner /a.js:2:15',
      type: 'JS',
      kind: 'Maglev',
      func: 1,
      source: { script: 0, positions: '', inlined: '' },
    },
    {
      name: 'leaf /b.js:5:14',
      type: 'JS',
      kind: 'Sparkplug',
      func: 2,
      source: { script: 1, positions: '', inlined: '' },
    },
  ];
  const profileOf = (...stacks: readonly (readonly number[])[]): Profile =>
    importProfile(encode({ code, functions, ticks: stacks.map((s, row) => ({ tm: row * 10, vm: 0, s })), scripts }));
  const stackAt = (profile: Profile, sample: number): string[] => {
    const out: string[] = [];
    for (let stack = profile.samples.stack[sample] ?? -1; stack >= 0; stack = profile.stacks.parent[stack] ?? -1)
      out.unshift(`${nameOf(profile, stack)} ${profile.frames.tier[profile.stacks.frame[stack] ?? 0]}`);
    return out;
  };
  const lineOf = (profile: Profile, sample: number): number => {
    const { stacks, samples } = profile;
    const row = stacks.lineStart[samples.stack[sample] ?? 0] ?? 0;
    return row < (stacks.lineStart[(samples.stack[sample] ?? 0) + 1] ?? 0) ? (stacks.lineNumber[row] ?? 0) : 0;
  };

  test('an address of optimised code stands for the calls inlined there, with the line of the innermost', () => {
    const profile = profileOf([0, 12], [0, 25], [0, 30], [0, 5]);
    assertSound(profile);
    assert.deepEqual(stackAt(profile, 0), [`outer ${FrameTier.optimised}`]);
    assert.deepEqual(stackAt(profile, 1), [`outer ${FrameTier.optimised}`, `inner ${FrameTier.inlined}`]);
    assert.deepEqual(stackAt(profile, 2), [
      `outer ${FrameTier.optimised}`,
      `inner ${FrameTier.inlined}`,
      `leaf ${FrameTier.inlined}`,
    ]);
    assert.deepEqual(
      [0, 1, 2].map((sample) => lineOf(profile, sample)),
      [2, 3, 5],
    );
    assert.deepEqual(
      stackAt(profile, 3),
      [`outer ${FrameTier.optimised}`],
      'before the first position nothing is inlined',
    );
    // The same stack without a position of its own: its line is the other tick's alone.
    assert.equal(profile.samples.stack[3], profile.samples.stack[0]);
  });

  test('where a call returns to, the call itself decides', () => {
    // The address 30 is the first of `leaf`; a call that returns there was made in the instruction before it: in `inner`.
    const profile = profileOf([1, 0, 0, 30]);
    assert.deepEqual(stackAt(profile, 0), [
      `outer ${FrameTier.optimised}`,
      `inner ${FrameTier.inlined}`,
      `inner ${FrameTier.maglev}`,
    ]);
  });

  test('positions that lead nowhere leave the function itself', () => {
    const strange = { ...code[0], source: { script: 9, positions: 'C0O5I7C4O5I1', inlined: 'F9O1F0O1I1', fns: [77] } };
    const profile = importProfile(
      encode({
        code: [strange],
        functions,
        ticks: [
          { tm: 0, vm: 0, s: [0, 2] },
          { tm: 9, vm: 0, s: [0, 6] },
        ],
        scripts,
      }),
    );
    assertSound(profile);
    assert.deepEqual(stackAt(profile, 0), [`outer ${FrameTier.optimised}`]);
    assert.equal(lineOf(profile, 0), 0);
    assert.equal(stackAt(profile, 1).length, 2, 'an inlined call that names itself as its caller ends there');
  });
});

describe('a log of a run', () => {
  test('its times are on the clock of the run, its thread is named', () => {
    const log = {
      code: [],
      functions: [],
      ticks: [
        { tm: 5, vm: 8, s: [] },
        { tm: 7, vm: 0, s: [] },
      ],
    };
    const origin = { target: 'api', name: 'worker 3', pid: 7, tid: 9, intervalUs: 1000, clockUs: 1_000_000 };
    const profile = importV8Log(log, origin);
    assert.deepEqual([...profile.samples.timeUs], [1_000_005, 1_000_007]);
    assert.deepEqual([profile.startUs, profile.endUs, profile.intervalUs], [1_000_005, 1_000_009, 1000]);
    assert.deepEqual(profile.threads, [{ target: 'api', name: 'worker 3', pid: 7, tid: 9 }]);
  });
});
