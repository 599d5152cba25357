import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { importCpuProfile } from '../../../src/profile/formats/cpuprofile.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { aggregateFunctions } from '../../../src/profile/queries/functions.ts';
import { aggregateLines } from '../../../src/profile/queries/lines.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { FrameKind, type Profile } from '../../../src/profile/tables.ts';
import { assertSound } from './invariants.ts';

interface RawNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly children?: readonly number[];
  readonly hitCount?: number;
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}
interface Raw {
  readonly nodes: readonly RawNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  readonly startTime: number;
  readonly endTime: number;
}

const bytes = readFileSync(join(import.meta.dirname, '../../fixtures/profiles/recursion.cpuprofile'));
const raw = JSON.parse(bytes.toString()) as Raw;

const call = (functionName: string, url = '/srv/app.js', lineNumber = 0): RawNode['callFrame'] => ({
  functionName,
  url,
  lineNumber,
  columnNumber: 4,
});

/** Three samples of 10, 20 and 30 µs: work, work ← work, then idle until the end. */
const small = {
  nodes: [
    { id: 1, callFrame: call('(root)', '', -1), children: [2, 4] },
    {
      id: 2,
      callFrame: call('work', 'file:///srv/a%20b.js', 9),
      children: [3],
      positionTicks: [{ line: 11, ticks: 1 }],
    },
    {
      id: 3,
      callFrame: call('work', 'file:///srv/a%20b.js', 9),
      positionTicks: [
        { line: 12, ticks: 3 },
        { line: 11, ticks: 1 },
      ],
    },
    { id: 4, callFrame: call('(idle)', '', -1) },
  ],
  samples: [2, 3, 4],
  timeDeltas: [5, 10, 20],
  startTime: 1000,
  endTime: 1065,
};

function timesByName(profile: Profile): Record<string, { self: number; total: number }> {
  const { selfUs, totalUs } = aggregateFunctions(profile, sliceWindows(profile));
  const times: Record<string, { self: number; total: number }> = {};
  for (let frame = 0; frame < profile.frames.length; frame++) {
    const name = profile.strings[profile.frames.name[frame] ?? 0] ?? '';
    times[
      name === '(anonymous)'
        ? `${profile.strings[profile.frames.file[frame] ?? -1] ?? ''}:${profile.frames.line[frame] ?? 0}`
        : name
    ] = {
      self: selfUs[frame] ?? 0,
      total: totalUs[frame] ?? 0,
    };
  }
  return times;
}

describe('a small profile by hand', () => {
  const profile = importCpuProfile(small, { target: 'api', pid: 7, tid: 8, name: 'main', intervalUs: 1000 });

  test('a sample stands for the time until the next, the last until the end', () => {
    assertSound(profile);
    assert.deepEqual([...profile.samples.timeUs], [1005, 1015, 1035]);
    assert.deepEqual([...profile.samples.weightUs], [10, 20, 30]);
    assert.deepEqual(profile.threads, [{ target: 'api', pid: 7, tid: 8, name: 'main' }]);
    assert.deepEqual([profile.startUs, profile.endUs, profile.intervalUs], [1000, 1065, 1000]);
  });

  test('recursion counts once', () => {
    assert.deepEqual(timesByName(profile)['work'], { self: 30, total: 30 });
  });

  test('positions are 1-based, file URLs become paths, kinds are known', () => {
    const work = profile.strings.indexOf('work');
    const frame = profile.frames.name.indexOf(work);
    assert.equal(profile.strings[profile.frames.file[frame] ?? -1], '/srv/a b.js');
    assert.deepEqual(
      [profile.frames.line[frame], profile.frames.column[frame], profile.frames.kind[frame]],
      [10, 5, FrameKind.user],
    );
    assert.deepEqual([...profile.frames.kind].sort(), [FrameKind.user, FrameKind.idle, FrameKind.root].sort());
  });

  test('the probe inside the process is no code of the person', () => {
    const probed = importCpuProfile(JSON.parse(JSON.stringify(small).replaceAll(/"file:[^"]*"/g, '"slowpath:probe"')));
    assert.equal(probed.frames.kind[probed.frames.name.indexOf(probed.strings.indexOf('work'))], FrameKind.runtime);
  });

  test('a line gets its share of its stack: 10 + 20·¼ and 20·¾', () => {
    const lines = aggregateLines(profile, sliceWindows(profile));
    assert.deepEqual([...lines.line], [11, 12]);
    assert.deepEqual([...lines.selfUs], [15, 15]);
  });
});

describe('a real profile with recursion', () => {
  const profile = importProfile(bytes);

  test('times equal a direct reading of the file', () => {
    assertSound(profile);
    const named = new Map(raw.nodes.map((node) => [node.id, node.callFrame.functionName]));
    const self: Record<string, number> = {};
    for (const [row, id] of raw.samples.entries()) {
      const covered = raw.timeDeltas.reduce((sum, delta) => sum + delta, 0);
      const weight = raw.timeDeltas[row + 1] ?? raw.endTime - raw.startTime - covered;
      const name = named.get(id) ?? '';
      if (name !== '(idle)') self[name] = (self[name] ?? 0) + weight;
    }
    const times = timesByName(profile);
    for (const name of ['depth', 'busy', 'fibonacci', 'run', '(program)']) assert.equal(times[name]?.self, self[name]);
  });

  test('no function has more time than the profile', () => {
    const length = raw.endTime - raw.startTime;
    const times = timesByName(profile);
    // Adding up nodes instead counts every level of the recursion again.
    let naive = 0;
    const parents = new Map(
      raw.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)),
    );
    const named = new Map(raw.nodes.map((node) => [node.id, node.callFrame.functionName]));
    for (const [row, id] of raw.samples.entries()) {
      for (let at: number | undefined = id; at !== undefined; at = parents.get(at))
        if (named.get(at) === 'depth') naive += raw.timeDeltas[row + 1] ?? 0;
    }
    assert.ok(naive > 2 * length, 'the fixture recurs');
    for (const { total } of Object.values(times)) assert.ok(total <= length);
    assert.ok(
      (times['depth']?.total ?? 0) > 0.1 * length && (times['depth']?.total ?? 0) <= (times['run']?.total ?? 0),
    );
  });

  test('the hottest line of busy is its loop', () => {
    const lines = aggregateLines(profile, sliceWindows(profile));
    const source = readFileSync(join(import.meta.dirname, '../../fixtures/profiles/recursion.cjs'), 'utf8').split('\n');
    const busy = [...lines.line.keys()].filter(
      (row) => profile.strings[profile.frames.name[lines.frame[row] ?? 0] ?? 0] === 'busy',
    );
    const hottest = busy.reduce((best, row) => ((lines.selfUs[row] ?? 0) > (lines.selfUs[best] ?? 0) ? row : best));
    assert.match(source[(lines.line[hottest] ?? 0) - 1] ?? '', /Math\.sqrt|for \(let i/);
  });

  test('the old nested form with timestamps gives the same times', () => {
    const children = new Map(raw.nodes.map((node) => [node.id, node]));
    const nest = (id: number): object => {
      const node = children.get(id);
      return {
        id,
        functionName: node?.callFrame.functionName,
        url: node?.callFrame.url,
        lineNumber: (node?.callFrame.lineNumber ?? 0) + 1,
        columnNumber: (node?.callFrame.columnNumber ?? 0) + 1,
        hitCount: node?.hitCount,
        children: (node?.children ?? []).map(nest),
      };
    };
    let now = raw.startTime;
    const timestamps = raw.timeDeltas.map((delta) => (now += delta));
    const old = {
      head: nest(1),
      startTime: raw.startTime / 1e6,
      endTime: raw.endTime / 1e6,
      samples: raw.samples,
      timestamps,
    };
    const imported = importProfile(new TextEncoder().encode(JSON.stringify(old)));
    assertSound(imported);
    assert.deepEqual([...imported.frames.line], [...profile.frames.line]);
    const expected = timesByName(profile);
    for (const [name, { self, total }] of Object.entries(timesByName(imported))) {
      // Seconds lose fractions of a microsecond at the end.
      assert.ok(
        Math.abs(self - (expected[name]?.self ?? 0)) < 1 && Math.abs(total - (expected[name]?.total ?? 0)) < 1,
        name,
      );
    }
  });

  test('nodes that name their parent instead of their children give the same times', () => {
    const parents = new Map(
      raw.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)),
    );
    const nodes = raw.nodes.map((node) => ({ ...node, children: undefined, parent: parents.get(node.id) })).reverse();
    assert.deepEqual(timesByName(importCpuProfile({ ...raw, nodes })), timesByName(profile));
  });
});

describe('odd but honest profiles', () => {
  test('negative deltas are put in order', () => {
    const profile = importCpuProfile({ ...small, samples: [2, 3, 4], timeDeltas: [5, 20, -10] });
    assertSound(profile);
    assert.deepEqual([...profile.samples.timeUs], [1005, 1015, 1025]);
    assert.deepEqual(timesByName(profile)['(idle)'], { self: 0, total: 0 });
    assert.equal(sliceWindows(profile).idleUs, 10);
    assert.equal(sliceWindows(profile).cpuUs, 10 + 40);
  });

  test('samples shuffled all over are sorted as well', () => {
    const times = Array.from({ length: 500 }, (_, index) => (index * 7919) % 500);
    const timeDeltas = times.map((time, index) => time - (times[index - 1] ?? 0));
    const profile = importCpuProfile({ ...small, samples: times.map(() => 2), timeDeltas, startTime: 0, endTime: 500 });
    assertSound(profile);
    assert.deepEqual(
      [...profile.samples.weightUs],
      times.map(() => 1),
    );
  });

  test('without samples, hit counts share the time: 1 and 3 of 60 µs', () => {
    const nodes = small.nodes.map((node) => ({ ...node, hitCount: node.id === 2 ? 1 : node.id === 4 ? 3 : 0 }));
    const profile = importCpuProfile({ nodes, startTime: 1000, endTime: 1060 });
    assertSound(profile);
    assert.equal(sliceWindows(profile).cpuUs, 15);
    assert.equal(sliceWindows(profile).idleUs, 45);
  });

  test('a hit count below one is none', () => {
    const profile = importCpuProfile({ nodes: [{ id: 0, hitCount: 5e-324 }], startTime: 0, endTime: 1 });
    assertSound(profile);
    assert.equal(profile.samples.length, 0);
  });

  test('a profile without nodes or samples is empty, not an error', () => {
    const profile = importCpuProfile({ nodes: [], samples: [], timeDeltas: [], startTime: 1, endTime: 2 });
    assertSound(profile);
    assert.equal(profile.samples.length, 0);
  });

  test('a byte order mark and white space before the text are fine', () => {
    const text = `\uFEFF\n ${JSON.stringify(small)}\n`;
    assert.equal(importProfile(new TextEncoder().encode(text)).samples.length, 3);
  });

  test('lines with ticks are kept where the time is zero', () => {
    const profile = importCpuProfile({ ...small, samples: [2, 3, 4], timeDeltas: [5, 10, 0] });
    const lines = aggregateLines(profile, sliceWindows(profile));
    assert.deepEqual([...lines.line], [11, 12]);
    assert.deepEqual([...lines.selfUs], [10, 0]);
    const windowed = aggregateLines(profile, sliceWindows(profile, { windows: Float64Array.of(1000, 1100) }));
    assert.deepEqual([...windowed.line], [11, 12]);
    assert.deepEqual(
      [...aggregateLines(profile, sliceWindows(profile, { windows: Float64Array.of(1100, 1200) })).line],
      [],
    );
  });
});
