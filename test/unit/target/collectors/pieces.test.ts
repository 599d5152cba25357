import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { blindSpots, kernelAccess, refusalOf } from '../../../../src/target/collectors/perf/access.ts';
import { addressAt, readExecutable } from '../../../../src/target/collectors/perf/elf.ts';
import { headsIn } from '../../../../src/target/collectors/perf/pythonHeads.ts';
import { gapsOf } from '../../../../src/target/collectors/perf/scriptGaps.ts';
import { readScriptLine } from '../../../../src/target/collectors/perf/scriptLines.ts';
import { readPlaces, type Place } from '../../../../src/target/collectors/perf/symbolizer.ts';
import { workspace } from './support.ts';

describe('what the kernel lets perf see', () => {
  const system = (files: Readonly<Record<string, string>>) => kernelAccess((path) => files[path] ?? null);
  const paranoid = '/proc/sys/kernel/perf_event_paranoid';
  const pointers = '/proc/sys/kernel/kptr_restrict';
  const status = '/proc/self/status';
  const nobody = { [status]: 'Name:\tx\nCapEff:\t0000000000000000\n' };

  test('everything for root, and for CAP_PERFMON', () => {
    for (const capabilities of ['000001ffffffffff', '0000004000000000', '0000000000200000']) {
      const access = system({ [paranoid]: '4\n', [pointers]: '1\n', [status]: `CapEff:\t${capabilities}\n` });
      assert.deepEqual([access.privileged, refusalOf(access), blindSpots(access, 'api')], [true, null, []]);
    }
  });

  test('names of the kernel’s functions are hidden from root too where kptr_restrict is 2', () => {
    const access = system({ [paranoid]: '2\n', [pointers]: '2\n', [status]: 'CapEff:\t000001ffffffffff\n' });
    assert.match(
      blindSpots(access, 'api')[0]?.why ?? '',
      /^kernel\.kptr_restrict is 2.*"sudo sysctl kernel\.kptr_restrict=0"/,
    );
  });

  test('one’s own code only, at 2', () => {
    const access = system({ [paranoid]: '2\n', [pointers]: '0\n', ...nobody });
    assert.equal(refusalOf(access), null);
    assert.deepEqual(
      blindSpots(access, 'api').map(({ what }) => what),
      ['kernel time of api'],
    );
  });

  test('nothing, above: said with what would change it', () => {
    assert.match(
      refusalOf(system({ [paranoid]: '4\n', ...nobody })) ?? '',
      /is 4: only root .*kernel\.perf_event_paranoid=1/,
    );
    assert.match(refusalOf(system(nobody)) ?? '', /no perf events/);
  });

  test('and here it is read from the system itself', { skip: process.platform !== 'linux' }, () => {
    assert.equal(kernelAccess().privileged, process.getuid?.() === 0);
  });
});

describe('lines of perf script', () => {
  const kinds: readonly (readonly [string, object])[] = [
    ['', { kind: 'blank' }],
    ['api 12/34  99.5:    1001001 cpu-clock: ', { kind: 'sample', text: 'api 12/34  99.5:    1001001 cpu-clock: ' }],
    [
      '\t           1744b work::checksum(int)+0x3b (/srv/a (b)/api)',
      { kind: 'frame', address: 0x1744b, symbol: 'work::checksum(int)', offset: 0x3b, object: '/srv/a (b)/api' },
    ],
    [
      '\t    7fa91b7cfca5 [unknown] (/tmp/perf-17692.map)',
      { kind: 'frame', address: 0x7fa91b7cfca5, symbol: '[unknown]', offset: 0, object: '/tmp/perf-17692.map' },
    ],
    [
      '\tffffffff8163634a kmem_cache_alloc+0x33a ([kernel.kallsyms])',
      { kind: 'frame', symbol: 'kmem_cache_alloc', offset: 0x33a, object: '[kernel.kallsyms]' },
    ],
    [
      'api 0/0  0.0: PERF_RECORD_MMAP2 12/12: [0x561262ae6000(0x45000) @ 0x16000 fe:00 10027216 0]: r-xp /srv/api',
      { kind: 'mapping', mapping: { start: 0x561262ae6000, length: 0x45000, offset: 0x16000, object: '/srv/api' } },
    ],
    ['api 12/34 9.1: PERF_RECORD_LOST lost 23', { kind: 'lost', samples: 23 }],
    ['api 12/34 9.1: PERF_RECORD_LOST_SAMPLES lost 7', { kind: 'lost', samples: 7 }],
    ['api 12/34 9.1: PERF_RECORD_COMM: x', { kind: 'other' }],
  ];
  for (const [line, expected] of kinds)
    test(line.slice(0, 60), () => assert.partialDeepStrictEqual(readScriptLine(line), expected));
});

describe('places of addresses', () => {
  test('innermost first, unknown ones left out', () => {
    const places = new Map<number, Place>();
    readPlaces(
      '0x17db0\n_ZN7service6answer17h93de7adc74fa9382E\n/s/main.rs:48 (discriminator 3)\nserve\n/s/main.rs:37\n0x10\n??\n??:0\n0x20\nf\n/s/a:b.c:?\n',
      places,
    );
    assert.deepEqual(
      [...places],
      [
        [
          0x17db0,
          [
            { name: '_ZN7service6answer17h93de7adc74fa9382E', file: '/s/main.rs', line: 48 },
            { name: 'serve', file: '/s/main.rs', line: 37 },
          ],
        ],
      ],
    );
  });

  test('offsets of a file become its addresses', { skip: process.platform !== 'linux' }, async () => {
    const executable = await readExecutable(readlinkSync('/proc/self/exe'));
    assert.ok(executable);
    const code = executable.segments.toSorted((a, b) => a.length - b.length).at(-1);
    assert.ok(code && code.length > 1e5);
    assert.equal(addressAt(executable, code.offset + 5), code.address + 5);
    assert.equal(addressAt(executable, code.offset + code.length), null);
  });

  test('what is no program has none', async () => {
    const files = { text: 'hello', cut: '\x7fELF\x02\x01', empty: '' };
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(workspace, name), content, 'latin1');
      assert.equal(await readExecutable(join(workspace, name)), null, name);
    }
    await writeFile(join(workspace, 'lying'), `\x7fELF\x02\x01${'\xff'.repeat(58)}`, 'latin1');
    assert.deepEqual((await readExecutable(join(workspace, 'lying')))?.segments ?? [], []);
    assert.equal(await readExecutable(workspace), null);
    assert.equal(await readExecutable('/no/such/file'), null);
  });
});

test('heads of Python functions, by qualified name', () => {
  const source = [
    'import x',
    'def outer(a):',
    '    async def inner():',
    '        pass',
    'class Runner(Base):',
    '    @property',
    '    def run(self): ...',
    '    class Deep:',
    '        def go(self): ...',
    'async def main(): ...',
    'if x:',
    '    def main(): ...',
  ].join('\r\n');
  assert.deepEqual(Object.fromEntries(headsIn(source)), {
    outer: 2,
    'outer.<locals>.inner': 3,
    Runner: 5,
    'Runner.run': 7,
    'Runner.Deep': 8,
    'Runner.Deep.go': 9,
    main: 12,
  });
});

test('what a recording leaves unsaid is told with what would change it', () => {
  const nothing = {
    samples: 900,
    periods: 900e6,
    lost: 0,
    cutStacks: 0,
    cut: false,
    problem: null,
    objects: [],
    stripped: new Map(),
    lineless: [],
    unanswered: [],
  };
  assert.deepEqual(gapsOf(nothing, 'api', true), []);
  const all = {
    ...nothing,
    lost: 100,
    cutStacks: 7,
    cut: true,
    stripped: new Map([
      ['/srv/api', 500],
      ['/srv/libx.so', 3],
    ]),
    lineless: ['/srv/api'],
    unanswered: ['/srv/lib.so'],
  };
  assert.deepEqual(
    gapsOf(all, 'api', true).map(({ what }) => what),
    [
      '100 of 1000 samples of api',
      'outer callers of 7 of 900 samples of api',
      'the last samples of api',
      'names of functions in api',
      'source lines of api',
      'source lines of lib.so',
    ],
  );
  assert.match(gapsOf(all, 'api', true)[0]?.why ?? '', /10\.0 % lost/);
  assert.match(gapsOf(all, 'api', false).at(-1)?.why ?? '', /install binutils/);
});
