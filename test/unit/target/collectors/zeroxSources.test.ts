/** 0x follows source maps: functions and lines of compiled code stand in the person's own files. */
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, test, type TestContext } from 'node:test';
import { importProfile } from '../../../../src/profile/formats/index.ts';
import { importV8Log } from '../../../../src/profile/formats/v8Log.ts';
import type { Profile } from '../../../../src/profile/tables.ts';
import { inOriginalLines } from '../../../../src/target/collectors/zerox/originalLines.ts';
import { collecting, services, start, temporaryFolder } from '../harness.ts';
import { samplesOf } from './samples.ts';
import { lineWith } from './support.ts';

const source = join(services, 'ts/service.ts');

function placesOf({ frames, strings }: Profile, name: string): readonly string[] {
  const rows = [...frames.name.keys()].filter((frame) => strings[frames.name[frame] ?? 0] === name);
  return [...new Set(rows.map((frame) => `${strings[frames.file[frame] ?? -1]}:${frames.line[frame]}`))];
}

test('a service bundled onto one line with short names: its functions, files and the lines inside them', async (t) => {
  const cwd = await temporaryFolder(t);
  await mkdir(join(cwd, 'src'));
  const original = join(cwd, 'src/service.ts');
  await copyFile(source, original);
  await build({
    entryPoints: [original],
    outfile: join(cwd, 'dist/service.js'),
    platform: 'node',
    format: 'cjs',
    bundle: true,
    minify: true,
    sourcemap: true,
    logLevel: 'silent',
  });
  const { target, get, dir } = await start(t, 'dist/service.js', { cwd }, { ...collecting, with: '0x' });
  await target.startProfile(1000);
  await get('/');
  const { gaps } = await target.collect();
  const profile = importProfile(await readFile(join(dir, 'api.isolate.json.gz')));
  const said = gaps.map(({ what, why }) => `${what}: ${why}`).join('\n');
  assert.doesNotMatch(said, /lines/);

  assert.deepEqual(placesOf(profile, 'priceOf'), [`${original}:${lineWith(source, 'function priceOf')}`], said);
  const hot = samplesOf(profile, 'priceOf');
  assert.ok(hot.timesUs.length >= 20, `${hot.timesUs.length} samples`);
  const first = lineWith(source, 'function priceOf');
  assert.ok(hot.lines.includes(lineWith(source, '// HOT')), `lines ${hot.lines.join(' ')}`);
  assert.ok(
    hot.lines.every((line) => line >= first && line < first + 6),
    `lines ${hot.lines.join(' ')} are inside the function, from ${first} on`,
  );
});

describe('a log that is moved to the originals', () => {
  const generated = 'function a(){b()}\nfunction b(){}\n';
  const inB = generated.indexOf('b(){}') + 4;
  const log = (text: string, url: string) => {
    const described = [`a ${url}:1:11`, `b ${url}:2:11`];
    const [a, b] = described;
    const positions = `C0O13C20O${inB}I0C40O${inB}`;
    return {
      code: [
        {
          name: a,
          type: 'JS',
          kind: 'Opt',
          func: 0,
          source: { script: 0, start: 10, end: 17, positions, inlined: 'F0O13', fns: [1] },
        },
        {
          name: b,
          type: 'JS',
          kind: 'Unopt',
          func: 1,
          source: { script: 0, start: 28, end: 32, positions: `C0O${inB}`, inlined: '', fns: [] },
        },
      ],
      functions: described.map((name, row) => ({ name, codes: [row] })),
      ticks: [5, 25, 45].map((offset, row) => ({ tm: row, vm: 0, s: [0, offset] })),
      scripts: [{ url, source: text }],
    };
  };

  /** Two originals, the second with the line given; the script's own URL. */
  async function originals(t: TestContext): Promise<{ url: string; map: (line: number) => string }> {
    const dir = await temporaryFolder(t);
    for (const name of ['a.ts', 'b.ts']) await writeFile(join(dir, name), '');
    const map = (line: number): string => {
      const mappings = [[[0, 0, 9, 0]], [[0, 1, line, 0]]];
      const json = JSON.stringify({ version: 3, sources: ['a.ts', 'b.ts'], names: [], mappings });
      return `${generated}//# sourceMappingURL=data:application/json;base64,${Buffer.from(json).toString('base64')}\n`;
    };
    return { url: pathToFileURL(join(dir, 'bundle.js')).href, map };
  }

  const described = (profile: Profile): readonly string[] => {
    const { frames, samples, stacks, strings } = profile;
    return [...samples.stack].map((top) => {
      const names: string[] = [];
      for (let stack = top; stack >= 0; stack = stacks.parent[stack] ?? -1) {
        const frame = stacks.frame[stack] ?? 0;
        const file = strings[frames.file[frame] ?? -1] ?? '';
        names.unshift(
          `${strings[frames.name[frame] ?? 0]} ${file.slice(file.lastIndexOf('/') + 1)}:${frames.line[frame]}`,
        );
      }
      const lines = stacks.lineNumber.slice(stacks.lineStart[top], stacks.lineStart[top + 1]);
      return `${names.join(' > ')} at ${[...lines].join()}`;
    });
  };

  test('each function in its own file; what was inlined from another; a position that has no place in its function', async (t) => {
    const { url, map } = await originals(t);
    const moved = await inOriginalLines(log(map(4), url), '/');
    // The third sample's position leads into b.ts though a runs: a's first line takes it, as it takes the first one's.
    assert.deepEqual(described(importV8Log(moved)), [
      'a a.ts:10 at 10',
      'a a.ts:10 > b b.ts:5 at 5',
      'a a.ts:10 at 10',
    ]);
  });

  test('a line that no file has leaves the generated place of its function, and costs no memory', async (t) => {
    const { url, map } = await originals(t);
    const moved = await inOriginalLines(log(map(2 ** 30), url), '/');
    assert.equal(described(importV8Log(moved))[1], 'a a.ts:10 > b bundle.js:2 at 2');
    assert.ok(JSON.stringify(moved).length < 10_000);
  });

  test('without a map, and where a text only speaks of one, nothing is moved', async (t) => {
    const { url, map } = await originals(t);
    const comment = map(4).slice(generated.length);
    for (const text of [
      generated,
      `${generated}const hint = "${comment.trim()}";`,
      `${generated}//# sourceMappingURL=\n`,
    ]) {
      const given = log(text, url);
      assert.equal(await inOriginalLines(given, '/'), given);
    }
  });
});
