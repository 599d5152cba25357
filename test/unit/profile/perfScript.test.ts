import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SlowpathError } from '../../../src/errors.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { PerfScriptStream } from '../../../src/profile/formats/perfScript.ts';
import { aggregateLines } from '../../../src/profile/queries/lines.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { FrameKind, FrameTier, type Profile } from '../../../src/profile/tables.ts';
import { assertSound } from './invariants.ts';

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../fixtures/profiles/perf', name));
const read = (text: string): Profile => importProfile(new TextEncoder().encode(text));

/** The functions of each sample, callers first, as `name@file`. */
function stacksOf(profile: Profile): string[][] {
  return Array.from(profile.samples.stack, (stack) => {
    const frames: string[] = [];
    for (let at = stack; at >= 0; at = profile.stacks.parent[at] ?? -1) {
      const frame = profile.stacks.frame[at] ?? 0;
      const file = profile.strings[profile.frames.file[frame] ?? -1];
      frames.unshift(
        `${profile.strings[profile.frames.name[frame] ?? 0] ?? ''}${file === undefined ? '' : `@${file}`}`,
      );
    }
    return frames;
  });
}

/** Samples and nanoseconds by object and function, as `perf report --no-children` has them (Rust's names by c++filt). */
function selfByFunction(profile: Profile): Map<string, { samples: number; period: number }> {
  const self = new Map<string, { samples: number; period: number }>();
  for (let row = 0; row < profile.samples.length; row++) {
    const frame = profile.stacks.frame[profile.samples.stack[row] ?? 0] ?? 0;
    const key = profile.strings[profile.frames.name[frame] ?? 0] ?? '';
    const sum = self.get(key) ?? { samples: 0, period: 0 };
    sum.samples++;
    sum.period += (profile.samples.weightUs[row] ?? 0) * 1000;
    self.set(key, sum);
  }
  return self;
}

/** The rows of `perf report --stdio -F sample,period,dso,sym`; JavaScript named as we name it. */
function reported(text: string): { samples: number; period: number; symbol: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, samples, period, symbol] = /^\s+(\d+)\s+(\d+)\s{2}.+?\s+\[[.k]\] (.+)$/.exec(line) ?? [];
    return symbol === undefined ? [] : [{ samples: Number(samples), period: Number(period), symbol }];
  });
}

function asShown(symbol: string): string {
  const script = /^JS:[~^*+]'?(.*?) ?[^ ]+:\d+:\d+$/.exec(symbol);
  if (script) return script[1] === '' ? '(anonymous)' : (script[1] ?? '');
  return symbol.replace(/^RegExp\.> src: '(.*)' flags: '\w*'$/, 'RegExp: $1');
}

describe('real recordings against perf report', () => {
  for (const name of ['native', 'orders', 'render']) {
    test(`${name}: samples and time of every function`, () => {
      const profile = importProfile(fixture(`${name}.perf.txt`));
      assertSound(profile);
      const report = fixture(`${name}.report.txt`).toString();
      const total = Number(/^# Samples: (\d+)/m.exec(report)?.[1]);
      assert.equal(profile.samples.length, total);
      const expected = new Map<string, { samples: number; period: number }>();
      for (const { samples, period, symbol } of reported(report)) {
        const sum = expected.get(asShown(symbol)) ?? { samples: 0, period: 0 };
        expected.set(asShown(symbol), { samples: sum.samples + samples, period: sum.period + period });
      }
      const self = selfByFunction(profile);
      assert.deepEqual(new Set(self.keys()), new Set(expected.keys()));
      for (const [symbol, { samples, period }] of expected) {
        assert.equal(self.get(symbol)?.samples, samples, symbol);
        assert.ok(Math.abs((self.get(symbol)?.period ?? 0) - period) < 1, symbol);
      }
      assert.equal(profile.unit, 'us');
    });
  }

  test('the C program: kernel and user parts, its hot line, one thread with its ids', () => {
    const profile = importProfile(fixture('native.perf.txt'));
    const kindOf = (name: string): number | undefined =>
      profile.frames.kind[profile.frames.name.indexOf(profile.strings.indexOf(name))];
    assert.equal(kindOf('hash_rounds'), FrameKind.user);
    assert.equal(kindOf('vfs_read'), FrameKind.kernel);
    assert.equal(kindOf('__libc_start_call_main'), FrameKind.runtime);
    assert.deepEqual(
      profile.threads.map(({ pid, tid, name }) => [pid === tid, pid > 0, name]),
      [[true, true, 'native work']],
    );
    const lines = aggregateLines(profile, sliceWindows(profile));
    const hottest = lines.selfUs.indexOf(Math.max(...lines.selfUs));
    const frame = lines.frame[hottest] ?? 0;
    assert.equal(profile.strings[profile.frames.file[frame] ?? -1], '/srv/app/native.c');
    const source = fixture('native.c').toString().split('\n');
    assert.match(source[(lines.line[hottest] ?? 0) - 1] ?? '', /x (\^|\*)|>> 29|for \(int i/);
  });

  test('Rust: names that perf left mangled, the language’s own apart from the program’s', () => {
    const text = fixture('orders.perf.txt').toString();
    assert.match(text, /_RNv/);
    const profile = read(text);
    const kindOf = (name: string): number | undefined =>
      profile.frames.kind[profile.frames.name.indexOf(profile.strings.indexOf(name))];
    assert.equal(kindOf('<orders::orders::Line as orders::orders::Price>::cents'), FrameKind.user);
    assert.equal(kindOf('orders::index_orders'), FrameKind.user);
    assert.equal(kindOf('core::fmt::write'), FrameKind.runtime);
    assert.equal(kindOf('<u64 as core::fmt::Display>::fmt'), FrameKind.runtime);
    assert.ok(profile.strings.every((name) => !name.startsWith('_R')));
  });

  test('Node: functions with place and tier, the same function in two tiers', () => {
    const profile = importProfile(fixture('render.perf.txt'));
    const frames = Array.from(profile.frames.name, (name, frame) => ({
      name: profile.strings[name] ?? '',
      file: profile.strings[profile.frames.file[frame] ?? -1],
      line: profile.frames.line[frame],
      column: profile.frames.column[frame],
      kind: profile.frames.kind[frame],
      tier: profile.frames.tier[frame],
    }));
    const tables = frames.filter(({ name }) => name === 'renderTable');
    assert.ok(tables.length > 1 && new Set(tables.map(({ tier }) => tier)).size === tables.length);
    for (const { file, line, column, kind } of tables)
      assert.deepEqual([file, line, column, kind], ['/srv/app/render.cjs', 6, 21, FrameKind.user]);
    const main = frames.find(({ file }) => file === 'node:internal/main/run_main_module');
    assert.deepEqual([main?.name, main?.kind, main?.tier], ['(anonymous)', FrameKind.runtime, FrameTier.interpreted]);
  });
});

const body = `\tffffffff816b82eb vfs_read+0xbb ([kernel.kallsyms])
\t            10b2 main+0x32 (/tmp/a (deleted))
`;

describe('what perf prints, in its variants', () => {
  const header = (line: string): Profile => read(`${line}\n${body}\n`);

  test('the line of a sample: spaces in names, process and thread, CPU, nine digits, no period', () => {
    for (const [line, pid, tid, name, timeUs] of [
      ['work c 15956   882.074408:    2004008 cpu-clock: ', 0, 15956, 'work c', 882074408],
      ['work c 12/15956 [003]   882.074408075:    2004008 cpu-clock:ppp: ', 12, 15956, 'work c', 882074408.075],
      ['Thread 2: GC 7  [000] 0.500000: 1 cycles:u: ', 0, 7, 'Thread 2: GC', 500000],
      [':-1    -1 [000] 1.000000: 250000 cycles: ', 0, -1, '-1', 1000000],
      ['a 5 1.000000: cpu-clock: ', 0, 5, 'a', 1000000],
      ['  882.074408:    2004008 cpu-clock: ', 0, 0, 'all threads', 882074408],
    ] as const) {
      const profile = header(line);
      assertSound(profile);
      assert.deepEqual(profile.threads, [{ pid, tid, name, target: '' }], line);
      assert.ok(Math.abs((profile.samples.timeUs[0] ?? 0) - timeUs) < 1e-6, line);
      assert.deepEqual(stacksOf(profile), [['main@/tmp/a (deleted)', 'vfs_read@[kernel.kallsyms]']], line);
    }
  });

  test('one line a sample without call graphs, names padded', () => {
    const profile =
      read(`         swapper     0 [000]  1077.361123:   10101010        cpu-clock:  ffffffff821f236b pv_native_safe_halt+0xb ([kernel.kallsyms])
         swapper     0 [001]  1077.371251:   10101010        cpu-clock:  ffffffff821f236b pv_native_safe_halt+0xb ([kernel.kallsyms])
 memfd:sealed-91  9779 [001]  1077.422012:   10101010        cpu-clock:              7f01 main (/usr/bin/sealed)
`);
    assert.deepEqual(stacksOf(profile), [
      ['pv_native_safe_halt@[kernel.kallsyms]'],
      ['pv_native_safe_halt@[kernel.kallsyms]'],
      ['main@/usr/bin/sealed'],
    ]);
    assert.equal(profile.threads.length, 2);
    assert.equal(sliceWindows(profile).idleUs, 2 * 10101.01);
  });

  test('of several events the one that measures time, or the one asked for', () => {
    const text = `a 1 1.000000: 5 context-switches:\n${body}\na 1 1.100000: 1000000 cpu-clock:\n${body}\na 1 1.200000: 2 context-switches:\n${body}\n`;
    const clock = read(text);
    assert.deepEqual([...clock.samples.weightUs], [1000]);
    const switches = importProfile(new TextEncoder().encode(text), { type: 'context-switches' });
    assert.deepEqual([[...switches.samples.weightUs], switches.unit], [[5, 2], 'count']);
    assert.throws(
      () => importProfile(new TextEncoder().encode(text), { type: 'cycles' }),
      (error: unknown) =>
        error instanceof SlowpathError && error.message.includes('has no event cycles; it has context-switches'),
    );
  });

  test('cycles of two kinds of core are one event; time in proportion to periods', () => {
    const profile = read(
      `a 1 1.000000: 100 cpu_core/cycles/:\n${body}\na 1 1.001000: 300 cpu_atom/cycles/:\n${body}\na 1 1.002000: 200 cpu_core/cycles/:\n${body}\n`,
    );
    // The thread is sampled every 1,000 µs; the mean period is 200.
    assert.deepEqual([...profile.samples.weightUs], [500, 1500, 1000]);
  });

  test('lost and mapped regions between samples are no samples', () => {
    const profile = read(
      `a 1 1.000000: PERF_RECORD_MMAP2 1/1: [0x55] r-xp /a\na 1 1.000001: 1000000 cpu-clock:\n${body}\na 1 1.000002: PERF_RECORD_LOST lost 5\na 1 1.000003: 1000000 cpu-clock:\n${body}\n`,
    );
    assert.equal(profile.samples.length, 2);
  });

  test('without times there are totals but no order', () => {
    const profile = read(
      `work c 15956    2004008 cpu-clock: \n${body}\nwork c 15956    2004008 cpu-clock: \n${body}\n`,
    );
    assertSound(profile);
    assert.deepEqual([profile.timeless, profile.unit], [true, 'us']);
    assert.equal(sliceWindows(profile).sumUs, 2 * 2004.008);
    assert.deepEqual(profile.threads, [{ pid: 0, tid: 15956, name: 'work c', target: '' }]);
  });

  test('inlined frames belong to the object around them; their lines are theirs', () => {
    const profile = read(`a 1 1.000000: 1000000 cpu-clock:
\t            10b2 mix (inlined)
  /src/mix.h:7
\t            10b2 hash+0x32 (/srv/a)
  /src/hash.c:12 (discriminator 2)
\t            20b2 __libc_start_call_main+0x7a (/usr/lib/libc.so.6)

a 1 1.001000: 1000000 cpu-clock:
\t            10b2 mix (inlined)
\t            10b2 hash+0x32 (/srv/a)
\t            20b2 __libc_start_call_main+0x7a (/usr/lib/libc.so.6)

`);
    assert.deepEqual(stacksOf(profile), [
      ['__libc_start_call_main@/usr/lib/libc.so.6', 'hash@/src/hash.c', 'mix@/src/mix.h'],
      ['__libc_start_call_main@/usr/lib/libc.so.6', 'hash@/srv/a', 'mix@/srv/a'],
    ]);
    const mixes = [...profile.frames.name.keys()].filter(
      (frame) => profile.strings[profile.frames.name[frame] ?? 0] === 'mix',
    );
    assert.deepEqual(
      mixes.map((frame) => profile.frames.kind[frame]),
      [FrameKind.user, FrameKind.user],
    );
    assert.deepEqual([...aggregateLines(profile, sliceWindows(profile)).line], [7]);
  });

  test('symbols that look like something else', () => {
    const frames = [
      ['\tf0 operator+ (int) (/a)', 'operator+ (int)@/a'],
      ['\tf0 std::operator<< <char>+0x12 (/a b/c (1))', 'std::operator<< <char>@/a b/c (1)'],
      ['\tf0 f(int (*)(char))+0x1 (/a)', 'f(int (*)(char))@/a'],
      ['\tf0 [unknown] ([unknown])', '[unknown]'],
      ['\tf0 main', 'main'],
      ['\tf0 (anonymous namespace)::Lock::Unlock()+0x1 (/a)', '(anonymous namespace)::Lock::Unlock()@/a'],
      // As Android's report_sample.py has it.
      ['        f0\t(anonymous namespace)::Lock::Unlock() (/a)', '(anonymous namespace)::Lock::Unlock()@/a'],
      ['\tf0 a+0x1b+0x2 (/a)', 'a+0x1b@/a'],
      ['\tf0 LazyCompile:*get size file:///srv/a%20b.mjs:12:3 (/tmp/perf-1.map)', 'get size@/srv/a b.mjs'],
      ["\tf0 JS:+'rows /srv/my app/x.js:10:7 (/tmp/perf-1.map)", 'rows@/srv/my app/x.js'],
      ['\tf0 Builtin:ArrayMap (/tmp/perf-1.map)', 'ArrayMap@/tmp/perf-1.map'],
      ['\tf0 Script:~ /srv/x.js:1:1 (/tmp/perf-1.map)', '(anonymous)@/srv/x.js'],
      ['\tf0 py::handler:/srv/app.py (/tmp/perf-1.map)', 'handler@/srv/app.py'],
      ['\tf0 Lcom/acme/Shop;::price (/tmp/perf-1.map)', 'Lcom/acme/Shop;::price@/tmp/perf-1.map'],
    ] as const;
    for (const [line, expected] of frames)
      assert.deepEqual(stacksOf(read(`a 1 1.000000: 1 cpu-clock:\n${line}\n\n`)), [[expected]], line);
  });

  test('a sample without frames counts, as it does for perf', () => {
    assert.deepEqual(stacksOf(read('a 1 1.000000: 1 cpu-clock: \n\n')), [['[unknown]']]);
  });

  test('files with comments, with carriage returns, put together out of order', () => {
    const first = `a 1 2.000000: 1000 cpu-clock:\n${body}\n`;
    const second = `a 1 1.000000: 1000 cpu-clock:\n${body}\n`;
    const profile = read(`# ========\n# captured on : today\n#\n${first}${second}`.replaceAll('\n', '\r\n'));
    assertSound(profile);
    assert.deepEqual([...profile.samples.timeUs], [1e6, 2e6]);
    assert.deepEqual(stacksOf(profile), [
      ['main@/tmp/a (deleted)', 'vfs_read@[kernel.kallsyms]'],
      ['main@/tmp/a (deleted)', 'vfs_read@[kernel.kallsyms]'],
    ]);
  });
});

describe('in pieces', () => {
  test('wherever the pieces end, the profile is the same', () => {
    const bytes = fixture('native.perf.txt').subarray(0, 12_000);
    const whole = new PerfScriptStream();
    whole.push(bytes);
    const expected = whole.finish();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 40 }), (lengths) => {
        const stream = new PerfScriptStream();
        let at = 0;
        for (let piece = 0; at < bytes.length; piece++) {
          const length = lengths[piece % lengths.length] ?? 1;
          // A copy, overwritten afterwards: nothing may be kept of it.
          const own = Uint8Array.from(bytes.subarray(at, at + length));
          stream.push(own);
          own.fill(0x78);
          at += length;
        }
        assert.deepEqual(stream.finish(), expected);
      }),
      { numRuns: 60 },
    );
  });

  test('a fault is told by its byte in the whole text', () => {
    const stream = new PerfScriptStream();
    const good = new TextEncoder().encode(`a 1 1.000000: 1 cpu-clock:\n${body}\n`);
    stream.push(good);
    assert.throws(
      () => {
        stream.push(new TextEncoder().encode('what is '));
        stream.push(new TextEncoder().encode('this\n'));
      },
      (error: unknown) =>
        error instanceof SlowpathError &&
        error.code === 'FORMAT_MALFORMED' &&
        error.message.includes(`line at byte ${good.length} `),
    );
  });

  test('a file cut in its last line keeps what came before; one without samples is refused', () => {
    const text = `a 1 1.000000: 1 cpu-clock:\n${body}\na 1 2.000000: 1 cpu-clock:\n${body}`;
    const second = text.indexOf('a 1 2.0');
    for (let cut = second; cut < text.length; cut++) {
      const profile = read(text.slice(0, cut));
      assertSound(profile);
      assert.ok(profile.samples.length >= 1 && profile.samples.length <= 2);
    }
    assert.throws(
      () => new PerfScriptStream().finish(),
      (error: unknown) => error instanceof SlowpathError && error.message.includes('byte 0 without one sample'),
    );
  });

  test('a line without end is refused before it fills the memory', () => {
    const stream = new PerfScriptStream();
    const piece = new Uint8Array(2 ** 20).fill(0x61);
    assert.throws(
      () => {
        for (let n = 0; n < 10; n++) stream.push(piece);
      },
      (error: unknown) => error instanceof SlowpathError && error.code === 'FORMAT_MALFORMED',
    );
  });
});
