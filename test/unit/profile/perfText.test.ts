import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { functionFrames } from '../../../src/profile/functionFrames.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { functionLine, headLine, PerfTextReader, type PerfTextHead } from '../../../src/profile/perfText.ts';
import { aggregateFunctions } from '../../../src/profile/queries/functions.ts';
import { aggregateLines } from '../../../src/profile/queries/lines.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { FrameKind, type Profile } from '../../../src/profile/tables.ts';

const head: PerfTextHead = { format: 1, target: 'äpi', pid: 7, intervalUs: 1000, startUs: 5e6, endUs: 9e6 };
const samples = [
  'api 7/8  6.000500000:    1000000 cpu-clock: ',
  '\t           1744b core::add (inlined)',
  '  /rustc/1/core/add.rs:90',
  '\t           1744b svc::checksum+0x3b (/srv/api)',
  '  /srv/main.rs:59',
  '\t           16da0 svc::serve+0x380 (/srv/api)',
  '  /srv/main.rs:48',
  '',
  'api 7/8  6.002500000:    1000000 cpu-clock: ',
  '\t           1744c svc::checksum+0x3c (/srv/api)',
  '  /srv/main.rs:60',
  '',
  '',
].join('\n');
const text = headLine(head) + functionLine({ name: 'svc::checksum', file: '/srv/main.rs', line: 55 }) + samples;

/** In pieces of so many bytes. */
function read(content: string, size: number): Profile {
  const bytes = new TextEncoder().encode(content);
  const reader = new PerfTextReader();
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.finish();
}

describe('the text of a target’s perf profile', () => {
  test('tells whose it is, when, and where functions begin, however it is cut', () => {
    const whole = read(text, 1e6);
    for (const size of [1, 2, 3, 7, 50]) assert.deepEqual(read(text, size), whole, `pieces of ${size}`);
    assert.deepEqual(whole.threads, [{ pid: 7, tid: 8, name: 'api', target: 'äpi' }]);
    assert.deepEqual([whole.intervalUs, whole.startUs, whole.endUs, whole.timeless], [1000, 5e6, 9e6, false]);
    const begins = (name: string): number | undefined =>
      whole.frames.line.find(
        (_, frame) =>
          whole.strings[whole.frames.name[frame] ?? -1] === name &&
          whole.strings[whole.frames.file[frame] ?? -1] === '/srv/main.rs',
      );
    assert.equal(begins('svc::checksum'), 55);
    assert.equal(begins('svc::serve'), 0);
  });

  test('a sample stands for as much time before its moment as after', () => {
    assert.deepEqual([...read(text, 100).samples.timeUs], [6e6, 6.002e6]);
  });

  test('time goes to the line that ran, of the innermost function', () => {
    const profile = read(text, 100);
    const lines = aggregateLines(profile, sliceWindows(profile));
    const rows = Array.from(lines.line, (line, row) => [
      profile.strings[lines.file[row] ?? -1],
      line,
      lines.selfUs[row],
    ]);
    assert.deepEqual(rows, [
      ['/rustc/1/core/add.rs', 90, 1000],
      ['/srv/main.rs', 60, 1000],
    ]);
  });

  test('a text that does not say whose it is, and a wrong one', () => {
    assert.throws(() => read(samples, 100), { code: 'FORMAT_UNKNOWN' });
    assert.throws(() => read(text.replace('"format":1', '"format":2'), 100), { code: 'FORMAT_UNKNOWN' });
    assert.throws(() => read(`${headLine(head)}nonsense\n`, 100), { code: 'FORMAT_MALFORMED' });
  });
});

test('functions named line by line become one, with its lines; waiting in a selector is idle', () => {
  const frame = (name: string, file: string, line: number) => ({ name, file, line, col: null });
  const frames = [
    frame('main', '/srv/a.py', 1),
    frame('hot', '/srv/a.py', 5),
    frame('hot', '/srv/a.py', 6),
    frame('EpollSelector.select', '/usr/lib/python3.11/selectors.py', 468),
  ];
  const profiles = [
    {
      type: 'sampled',
      name: 'x',
      unit: 'seconds',
      startValue: 0,
      endValue: 0.4,
      samples: [
        [0, 1],
        [0, 2],
        [0, 2],
        [0, 3],
      ],
      weights: [0.1, 0.1, 0.1, 0.1],
    },
  ];
  const json = { $schema: 'https://www.speedscope.app/file-format-schema.json', shared: { frames }, profiles };
  const profile = functionFrames(importProfile(new TextEncoder().encode(JSON.stringify(json))));
  const weights = sliceWindows(profile);
  const times = aggregateFunctions(profile, weights);
  const hot = Array.from(profile.frames.name, (id) => profile.strings[id]).indexOf('hot');
  assert.ok(Math.abs((times.selfUs[hot] ?? 0) - 3e5) < 1);
  assert.ok(Math.abs(weights.cpuUs - 3e5) < 1, 'what waits is no CPU time');
  assert.equal([...profile.frames.kind].filter((kind) => kind === FrameKind.idle).length, 1);
  const lines = aggregateLines(profile, weights);
  const shares = Array.from(lines.line, (line, row) => [line, Math.round((lines.selfUs[row] ?? 0) / 1e5)]);
  assert.deepEqual(
    shares.filter(([line]) => line === 5 || line === 6),
    [
      [5, 1],
      [6, 2],
    ],
  );
});
