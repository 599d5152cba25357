import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ProfileBuilder } from '../../../../src/profile/builder.ts';
import { profileExports, type ProfileExport } from '../../../../src/profile/exports/index.ts';
import { collapsedImporter } from '../../../../src/profile/formats/collapsed.ts';
import { importProfile } from '../../../../src/profile/formats/index.ts';
import { exported as exportedAs } from '../../../../src/report/exporting.ts';
import { profileTrace, runTrace } from '../../../../src/trace/chromeTrace.ts';
import { FrameKind, FrameTier, type Profile } from '../../../../src/profile/tables.ts';
import { syntheticRun } from '../../../fixtures/run.ts';
import { assertSound } from '../invariants.ts';
import { buildProfile, plainSamples } from '../randomProfile.ts';
import { differences, totalsByFunction, type Times } from './totals.ts';

const origin = { name: 'orders', startedAtMs: 1_773_000_000_000 };
const recursion = importProfile(
  readFileSync(new URL('../../../fixtures/profiles/recursion.cpuprofile', import.meta.url)),
);

function exported(format: ProfileExport, profile: Profile): Buffer {
  const bytes = Buffer.concat([...format.pieces(profile, origin)].map((piece) => Buffer.from(piece)));
  return format.gzipped ? gzipSync(bytes) : bytes;
}

/** Names and places that every format has to carry or to escape. */
function hostileProfile(): Profile {
  const builder = new ProfileBuilder();
  const thread = builder.thread({ pid: 7, tid: 7, name: 'ma"in\n', target: '</script>' });
  const names = [
    'a;b',
    'two\nlines',
    '</script><script>',
    '"quoted\\',
    '名前 🔥',
    ' 12',
    '',
    '\u0000\ud800x',
    'constructor',
  ];
  let stack = builder.stack(-1, builder.frame('(root)', '', 0, 0));
  for (const [index, name] of names.entries()) {
    stack = builder.stack(stack, builder.frame(name, index % 2 === 0 ? `/srv/100%/a b#${index}?.js` : '', index, 1));
    builder.sample(1e9 + index * 1000, 1000, stack, thread);
  }
  return builder.build({ intervalUs: 1000, startUs: 1e9, endUs: 1e9 + names.length * 1000 });
}

describe('a .cpuprofile written and read again', () => {
  const format = profileExports.cpuprofile;

  test('has every function’s times, whatever threads, gaps and idle time the profile has', () => {
    fc.assert(
      fc.property(plainSamples, (samples) => {
        const profile = buildProfile(samples);
        const again = importProfile(exported(format, profile));
        assertSound(again);
        assert.deepEqual(differences(profile, again, 1e-3 * (samples.length + 1)), []);
      }),
    );
  });

  test('of a real file is the same profile: samples, stamps and line ticks', () => {
    const again = importProfile(exported(format, recursion));
    assert.deepEqual(differences(recursion, again, 0), []);
    assert.deepEqual([again.startUs, again.endUs], [recursion.startUs, recursion.endUs]);
    const ticks = (profile: Profile): number => profile.stacks.lineTicks.reduce((sum, count) => sum + count, 0);
    assert.equal(ticks(again), ticks(recursion));
    const busy = (profile: Profile): number[] => [...profile.samples.timeUs];
    assert.deepEqual(busy(again).filter((time) => busy(recursion).includes(time)).length, recursion.samples.length);
  });

  test('has no CPU time of what waited below a caller, as Python’s selectors do', () => {
    const builder = new ProfileBuilder();
    const thread = builder.thread({ pid: 7, tid: 7, name: 'main', target: '' });
    const loop = builder.stack(-1, builder.frame('run_forever', '/srv/loop.py', 3, 0));
    const waiting = builder.stack(loop, builder.frame('select', '/srv/loop.py', 9, 0, FrameKind.idle));
    const work = builder.stack(loop, builder.frame('price', '/srv/prices.py', 5, 0));
    builder.sample(0, 1000, work, thread);
    builder.sample(1000, 5000, waiting, thread);
    builder.sample(6000, 2000, work, thread);
    const profile = builder.build({ intervalUs: 1000, startUs: 0, endUs: 8000 });
    for (const bytes of [exported(format, profile), Buffer.from([...profileTrace('x', profile)].join(''))]) {
      const again = importProfile(bytes);
      assert.deepEqual(differences(profile, again, 1e-2), []);
      assert.equal(totalsByFunction(again).get('price /srv/prices.py')?.selfUs, 3000);
    }
  });

  test('has one root, unique ids and every child once: what DevTools asks for', () => {
    interface Node {
      id: number;
      callFrame: { functionName: string };
      children?: number[];
      hitCount: number;
    }
    const json = JSON.parse(exported(format, hostileProfile()).toString()) as {
      nodes: Node[];
      samples: number[];
      timeDeltas: number[];
    };
    const ids = json.nodes.map(({ id }) => id);
    const children = json.nodes.flatMap((node) => node.children ?? []);
    assert.equal(json.nodes[0]?.callFrame.functionName, '(root)');
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      [...children, 1].sort((a, b) => a - b),
      [...ids].sort((a, b) => a - b),
    );
    assert.equal(json.samples.length, json.timeDeltas.length);
    assert.deepEqual(
      differences(hostileProfile(), importProfile(exported(format, hostileProfile())), 1e-3).length,
      2,
      'the unnamed and the ill-formed name are written out',
    );
  });
});

describe('other formats written and read again', () => {
  test('collapsed stacks: every function’s times, to a microsecond a stack', () => {
    const check = (profile: Profile): void => {
      // A file of one frame a stack may be anything, so it is not left to guessing.
      const again = collapsedImporter.read(exported(profileExports.collapsed, profile), {});
      assert.deepEqual(differences(profile, again, profile.stacks.length), []);
    };
    fc.assert(
      fc.property(plainSamples, (samples) => {
        const profile = buildProfile(samples);
        if (samples.some(({ path, weightUs }) => path.at(-1) !== '(idle)' && weightUs > 0)) check(profile);
      }),
    );
    check(recursion);
    const guessed = importProfile(exported(profileExports.collapsed, recursion));
    assert.deepEqual(differences(recursion, guessed, recursion.stacks.length), []);
  });

  test('speedscope: every function’s times', () => {
    const check = (profile: Profile): void => {
      const again = importProfile(exported(profileExports.speedscope, profile));
      assert.deepEqual(differences(profile, again, 1e-3 * (profile.samples.length + 1)), []);
    };
    fc.assert(
      fc.property(plainSamples, (samples) => {
        if (samples.length > 0) check(buildProfile(samples));
      }),
    );
    check(recursion);
    check(syntheticRun(1, { durationUs: 1e6 }).profile ?? recursion);
  });

  test('Chrome trace: every function’s times, threads and clock', () => {
    const check = (profile: Profile): void => {
      const text = [...profileTrace('x', profile)].join('');
      const again = importProfile(Buffer.from(text));
      assert.deepEqual(differences(profile, again, 1e-3 * (profile.samples.length + 1)), []);
    };
    fc.assert(
      fc.property(plainSamples, (samples) => {
        if (samples.length > 0) check(buildProfile(samples));
      }),
    );
    check(recursion);
    const run = syntheticRun(1, { durationUs: 1e6 });
    assert.ok(run.profile);
    const again = importProfile(Buffer.from([...runTrace(run)].join('')));
    assert.deepEqual(differences(run.profile, again, 1), []);
    assert.ok(Math.abs(again.startUs - (run.profile.samples.timeUs[0] ?? 0)) < 1, 'still on the host’s clock');
  });
});

describe('a pprof file written and read again', () => {
  test('has every function’s times', () => {
    fc.assert(
      fc.property(plainSamples, (samples) => {
        const profile = buildProfile(samples);
        const again = importProfile(exported(profileExports.pprof, profile));
        assert.deepEqual(differences(profile, again, 1e-3 * (samples.length + 1)), []);
      }),
    );
    assert.deepEqual(differences(recursion, importProfile(exported(profileExports.pprof, recursion)), 1e-2), []);
  });

  test('and as a .cpuprofile after that, still: what has no order of time is laid end to end', () => {
    const pprofed = importProfile(exported(profileExports.pprof, recursion));
    const again = importProfile(exported(profileExports.cpuprofile, pprofed));
    assert.deepEqual(differences(recursion, again, 1), []);
  });

  test('keeps how each function was run, callers too, and what is called as if it had been', () => {
    const tiers = (profile: Profile): string[] => {
      const { frames, strings } = profile;
      return Array.from(frames.tier, (tier, frame) => `${strings[frames.name[frame] ?? -1] ?? ''} ${tier}`).sort();
    };
    const builder = new ProfileBuilder();
    const thread = builder.thread({ pid: 7, tid: 7, name: 'main', target: '' });
    let stack = -1;
    for (const tier of Object.values(FrameTier))
      stack = builder.stack(stack, builder.frame('price', '/srv/prices.js', 40, 1, 0, tier));
    stack = builder.stack(stack, builder.frame('price [optimised]', '/srv/prices.js', 40, 1));
    builder.sample(0, 1000, stack, thread);
    const profile = builder.build({ intervalUs: 1000, startUs: 0, endUs: 1000 });
    assert.deepEqual(tiers(importProfile(exported(profileExports.pprof, profile))), tiers(profile));
    const recorded = importProfile(
      readFileSync(join(import.meta.dirname, '../../../fixtures/profiles/v8log/render.json')),
    );
    const again = importProfile(exported(profileExports.pprof, recorded));
    const byTier = ({ frames, samples, stacks }: Profile): number[] => {
      const us = Object.values(FrameTier).map(() => 0);
      for (let row = 0; row < samples.length; row++) {
        const tier = frames.tier[stacks.frame[samples.stack[row] ?? 0] ?? 0] ?? 0;
        us[tier] = (us[tier] ?? 0) + (samples.weightUs[row] ?? 0);
      }
      // What V8 knows no tier of is idle time too, which is not written.
      return us.slice(1).map(Math.round);
    };
    assert.ok(byTier(recorded).filter((us) => us > 0).length >= 3, byTier(recorded).join());
    assert.deepEqual(byTier(again), byTier(recorded));
  });

  test('keeps sizes sizes', () => {
    const builder = new ProfileBuilder();
    const thread = builder.thread({ pid: 0, tid: 0, name: '', target: '' });
    builder.sample(0, 4096, builder.stack(-1, builder.frame('allocate', '/a.js', 3, 1)), thread);
    const sizes = builder.build({ unit: 'bytes', timeless: true, intervalUs: 0, startUs: 0, endUs: 0 });
    const again = importProfile(exported(profileExports.pprof, sizes));
    assert.equal(again.unit, 'bytes');
    assert.deepEqual(differences(sizes, again, 0), []);
    assert.match([...profileExports.speedscope.pieces(sizes, origin)].join(''), /"unit":"bytes"/);
    assert.throws(
      () => exportedAs({ kind: 'profile', name: 'x', profile: sizes }, 'cpuprofile'),
      /holds sizes, and cpuprofile has only times; export it as pprof or speedscope/,
    );
  });
});

test('a run whose profile has no times is exported whole, in every format', () => {
  const run = syntheticRun(1, { durationUs: 1e6 });
  assert.ok(run.profile && run.manifest.window);
  const { startUs, endUs } = run.manifest.window;
  // As pprof and py-spy have them: on a clock of their own, for the measured window.
  const timeUs = run.profile.samples.timeUs.map((us) => us + 1e15);
  const profile = { ...run.profile, timeless: true, startUs, endUs, samples: { ...run.profile.samples, timeUs } };
  const source = { kind: 'run', run: { ...run, profile } } as const;
  for (const format of ['pprof', 'speedscope', 'cpuprofile', 'collapsed', 'chrome-trace'] as const) {
    const pieces = [...exportedAs(source, format).pieces].map((piece) => Buffer.from(piece));
    assert.deepEqual(differences(profile, importProfile(Buffer.concat(pieces)), profile.stacks.length), [], format);
  }
  assert.match([...exportedAs(source, 'svg').pieces].join(''), /of CPU time in 1 s/);
});

describe('pprof', () => {
  const format = profileExports.pprof;

  test('go tool pprof counts the same times for every function of real and made-up runs', (t) => {
    const file = join(newFolder(t), 'orders.pb.gz');
    for (const profile of [recursion, syntheticRun(1, { durationUs: 2e6 }).profile]) {
      assert.ok(profile);
      writeFileSync(file, exported(format, profile));
      assertSameTimes(goTimes(file), profile);
    }
  });

  test('go tool pprof counts the same times for what 0x and perf recorded', (t) => {
    const file = join(newFolder(t), 'recorded.pb.gz');
    for (const name of ['v8log/render.json', 'perf/native.perf.txt']) {
      const profile = importProfile(readFileSync(join(import.meta.dirname, '../../../fixtures/profiles', name)));
      writeFileSync(file, exported(format, profile));
      // It shows paths without their detours.
      const strings = profile.strings.map((text) => (text.startsWith('./') ? posix.normalize(text) : text));
      assertSameTimes(goTimes(file), { ...profile, strings });
    }
  });

  test('go tool pprof counts the same times for any profile', (t) => {
    const file = join(newFolder(t), 'any.pb.gz');
    fc.assert(
      fc.property(plainSamples, (samples) => {
        const profile = buildProfile(samples);
        writeFileSync(file, exported(format, profile));
        assertSameTimes(goTimes(file), profile);
      }),
      { numRuns: 5 },
    );
  });

  test('go tool pprof accepts hostile names', (t) => {
    const file = join(newFolder(t), 'hostile.pb.gz');
    writeFileSync(file, exported(format, hostileProfile()));
    assert.match(pprof(['-top', '-nodefraction=0', file]), /Total samples = 9ms/);
  });

  test('labels tell the thread, and lines that ran are told apart', (t) => {
    const file = join(newFolder(t), 'lines.pb.gz');
    const builder = new ProfileBuilder();
    const thread = builder.thread({ pid: 4711, tid: 4712, name: 'worker', target: 'api' });
    const stack = builder.stack(-1, builder.frame('price', '/srv/prices.js', 40, 1));
    builder.ticks(stack, 41, 3);
    builder.ticks(stack, 44, 1);
    builder.sample(0, 4000, stack, thread);
    writeFileSync(file, exported(format, builder.build({ intervalUs: 1000, startUs: 0, endUs: 4000 })));
    const raw = pprof(['-raw', file]);
    assert.match(raw, /thread:\[worker\]/);
    assert.match(raw, /target:\[api\]/);
    assert.match(raw, /pid:\[4711\]/);
    assert.match(pprof(['-top', '-lines', '-nodefraction=0', file]), /3ms 75\.00% .* price \/srv\/prices\.js:41/);
    assert.match(raw, /Time: 2026-03-0\d/);
  });

  test('a label tells how the function on top was run, so that go tool pprof can pick one tier', (t) => {
    const file = join(newFolder(t), 'tiers.pb.gz');
    const builder = new ProfileBuilder();
    const thread = builder.thread({ pid: 7, tid: 7, name: 'main', target: 'api' });
    const ranAs = (tier: FrameTier): number =>
      builder.stack(-1, builder.frame('price', '/srv/prices.js', 40, 1, 0, tier));
    builder.sample(0, 3000, ranAs(FrameTier.optimised), thread);
    builder.sample(3000, 1000, ranAs(FrameTier.interpreted), thread);
    builder.sample(4000, 2000, ranAs(FrameTier.unknown), thread);
    writeFileSync(file, exported(format, builder.build({ intervalUs: 1000, startUs: 0, endUs: 6000 })));
    const only = (tier: string): string => pprof(['-top', '-nodefraction=0', `-tagfocus=tier=${tier}`, file]);
    assert.match(only('optimised'), /accounting for 3ms, 50\.00% of 6ms total/);
    assert.match(only('interpreted'), /accounting for 1ms, 16\.67% of 6ms total/);
    assert.equal(pprof(['-raw', file]).match(/tier:\[/g)?.length, 2);
  });
});

test('collapsed stacks: one line a stack, root first, whole microseconds of CPU time', () => {
  const builder = new ProfileBuilder();
  const thread = builder.thread({ pid: 1, tid: 1, name: 'main', target: '' });
  const root = builder.stack(-1, builder.frame('(root)', '', 0, 0));
  const outer = builder.stack(root, builder.frame('handle', '/srv/a.js', 7, 1));
  const inner = builder.stack(outer, builder.frame('parse;all\n', '', 0, 0));
  builder.sample(0, 1500.4, inner, thread);
  builder.sample(2000, 500, outer, thread);
  builder.sample(2500, 9000, builder.stack(root, builder.frame('(idle)', '', 0, 0)), thread);
  const profile = builder.build({ intervalUs: 1000, startUs: 0, endUs: 11_500 });
  assert.equal(
    exported(profileExports.collapsed, profile).toString(),
    'handle (/srv/a.js:7) 500\nhandle (/srv/a.js:7);parse:all  1500\n',
  );
});

describe('speedscope', () => {
  interface Speedscope {
    readonly $schema: string;
    readonly shared: { readonly frames: readonly { name: string; file?: string }[] };
    readonly profiles: readonly {
      readonly type: string;
      readonly unit: string;
      readonly startValue: number;
      readonly endValue: number;
      readonly samples: readonly (readonly number[])[];
      readonly weights: readonly number[];
    }[];
  }
  const read = (profile: Profile): Speedscope =>
    JSON.parse(exported(profileExports.speedscope, profile).toString()) as Speedscope;

  test('its structure holds: frames exist, weights fill each thread’s time', () => {
    fc.assert(
      fc.property(plainSamples, (samples) => {
        const profile = buildProfile(samples);
        const file = read(profile);
        for (const thread of file.profiles) {
          assert.equal(thread.type, 'sampled');
          assert.equal(thread.unit, 'microseconds');
          assert.equal(thread.samples.length, thread.weights.length);
          const sum = thread.weights.reduce((total, weight) => total + weight, 0);
          assert.ok(Math.abs(thread.endValue - thread.startValue - sum) < 1e-6);
          for (const frame of thread.samples.flat()) assert.ok(file.shared.frames[frame]);
        }
        assert.deepEqual(selfTimes(file), ownSelfTimes(profile));
      }),
    );
  });

  test('hostile names are JSON, not markup and not broken text', () => {
    const file = read(hostileProfile());
    assert.ok(file.shared.frames.some(({ name }) => name === '</script><script>'));
    assert.deepEqual(file.profiles.length, 1);
  });

  function selfTimes(file: Speedscope): Record<string, number> {
    const self: Record<string, number> = {};
    for (const { samples, weights } of file.profiles) {
      for (const [row, stack] of samples.entries()) {
        const leaf = file.shared.frames[stack.at(-1) ?? -1];
        if (leaf && (weights[row] ?? 0) > 0) self[leaf.name] = (self[leaf.name] ?? 0) + (weights[row] ?? 0);
      }
    }
    return self;
  }

  function ownSelfTimes(profile: Profile): Record<string, number> {
    const self: Record<string, number> = {};
    for (const [key, { selfUs }] of totalsByFunction(profile)) if (selfUs > 0) self[key.split(' ')[0] ?? ''] = selfUs;
    return self;
  }
});

test('files we wrote are told by how they begin', () => {
  for (const format of [profileExports.speedscope, profileExports.cpuprofile])
    assert.ok(exported(format, recursion).toString().startsWith(format.head));
  const [first] = profileExports.pprof.pieces(recursion, origin);
  assert.ok(
    Buffer.from(first ?? '')
      .toString('latin1')
      .startsWith(profileExports.pprof.head),
  );
});

function pprof(words: readonly string[]): string {
  return execFileSync('go', ['tool', 'pprof', '-symbolize=none', ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, PPROF_TMPDIR: tmpdir() },
  });
}

/** Self and total nanoseconds by function and file, as `go tool pprof` counts them. */
function goTimes(file: string): Map<string, Times> {
  const text = pprof(['-top', '-filefunctions', '-unit=ns', '-nodefraction=0', '-nodecount=100000', file]);
  const times = new Map<string, Times>();
  for (const line of text.split('\n')) {
    const [, self, total, name] = /^\s*(\d+)(?:ns)?\s+\S+%\s+\S+%\s+(\d+)(?:ns)?\s+\S+%\s+(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && name !== '(idle)')
      times.set(name, { selfUs: Number(self) / 1000, totalUs: Number(total) / 1000 });
  }
  return times;
}

function assertSameTimes(actual: ReadonlyMap<string, Times>, profile: Profile): void {
  const expected = totalsByFunction(profile);
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].map((key) => key.trim()).sort());
  for (const [key, { selfUs, totalUs }] of expected) {
    const found = actual.get(key.trim());
    // Each stack is rounded to a nanosecond.
    const tolerance = 1e-3 * profile.stacks.length;
    assert.ok(
      found && Math.abs(found.selfUs - selfUs) <= tolerance,
      `${key}: self ${selfUs}, pprof ${found?.selfUs ?? 0}`,
    );
    assert.ok(Math.abs(found.totalUs - totalUs) <= tolerance, `${key}: total ${totalUs}, pprof ${found.totalUs}`);
  }
}

function newFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'slowpath-pprof-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
