import assert from 'node:assert/strict';
import { build, type BuildOptions } from 'esbuild';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, test, type TestContext } from 'node:test';
import type { Gap } from '../../../src/gaps.ts';
import { mapProfile } from '../../../src/target/profileFiles.ts';
import type { RawProfile } from '../../../src/target/wire.ts';
import { services, start, temporaryFolder } from './harness.ts';

interface Node {
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

const source = await readFile(join(services, 'ts/service.ts'), 'utf8');
const lineOf = (text: string): number => source.split('\n').findIndex((line) => line.includes(text)) + 1;
const hotLine = lineOf('// HOT');
const functionLine = lineOf('function priceOf');

/** Builds the service in a folder of its own and profiles it; returns the nodes of its hot function. */
async function profileService(
  t: TestContext,
  script: string,
  options: BuildOptions | null,
  runtimeArgs: readonly string[] = [],
): Promise<{ hot: readonly Node[]; url: string; gaps: readonly Gap[] }> {
  const dir = await temporaryFolder(t);
  await mkdir(join(dir, 'src'));
  const original = join(dir, 'src/service.ts');
  await copyFile(join(services, 'ts/service.ts'), original);
  if (options)
    await build({
      entryPoints: [original],
      platform: 'node',
      format: 'cjs',
      outfile: join(dir, script),
      logLevel: 'silent',
      ...options,
    });
  const { target, get, dir: run } = await start(t, script, { cwd: dir, runtimeArgs });
  await target.startProfile(1000);
  await get('/');
  const { gaps } = await target.collect();
  const file = JSON.parse(await readFile(join(run, 'api.cpuprofile'), 'utf8')) as { nodes: readonly Node[] };
  return {
    hot: file.nodes.filter(({ callFrame }) => callFrame.functionName === 'priceOf'),
    url: pathToFileURL(original).href,
    gaps,
  };
}

function assertUserLines({ hot, url }: { hot: readonly Node[]; url: string }): void {
  assert.ok(hot.length > 0, 'the function is there under its own name');
  const ticks = new Map<number, number>();
  for (const { callFrame, positionTicks } of hot) {
    assert.equal(callFrame.url, url);
    assert.equal(callFrame.lineNumber + 1, functionLine);
    for (const { line, ticks: count } of positionTicks ?? []) ticks.set(line, (ticks.get(line) ?? 0) + count);
  }
  const total = [...ticks.values()].reduce((a, b) => a + b, 0);
  const hottest = [...ticks].sort((a, b) => b[1] - a[1])[0];
  assert.ok(total >= 20, `${total} ticks`);
  // The loop's own line takes some of the samples; nothing is outside the function.
  assert.ok(
    hottest && hottest[0] >= hotLine - 1 && hottest[0] <= hotLine,
    `hottest line ${hottest?.[0]}, expected ${hotLine}`,
  );
  assert.ok(
    [...ticks.keys()].every((line) => line >= functionLine && line <= functionLine + 9),
    [...ticks.keys()].join(),
  );
}

describe('hot lines are the user’s lines', () => {
  test('compiled, with a map beside the script', async (t) => {
    assertUserLines(await profileService(t, 'dist/service.js', { sourcemap: true }));
  });

  test('compiled, with the map inside', async (t) => {
    assertUserLines(await profileService(t, 'dist/service.js', { sourcemap: 'inline' }));
  });

  test('bundled and with short names: the name is the written one', async (t) => {
    assertUserLines(
      await profileService(t, 'dist/service.js', {
        sourcemap: true,
        bundle: true,
        minifyIdentifiers: true,
        minifySyntax: true,
      }),
    );
  });

  test('types stripped by Node: no map needed', { skip: !process.features.typescript }, async (t) => {
    assertUserLines(await profileService(t, 'src/service.ts', null));
  });

  test('loaded as tsx does it, which squeezes each file onto one line: the lines inside the function all the same', async (t) => {
    const loader = pathToFileURL(join(services, 'ts/tsx/loader.mjs')).href;
    const profiled = await profileService(t, 'src/service.ts', null, ['--import', loader]);
    assertUserLines(profiled);
    assert.deepEqual(profiled.gaps, []);
  });

  test('everything on one line: the function’s line, and a gap that says so', async (t) => {
    const { hot, url, gaps } = await profileService(t, 'dist/service.js', {
      sourcemap: 'inline',
      minifyWhitespace: true,
      minifyIdentifiers: true,
    });
    assert.ok(hot.length > 0);
    for (const { callFrame, positionTicks } of hot) {
      assert.equal(callFrame.url, url);
      assert.deepEqual(positionTicks?.map(({ line }) => line) ?? [], positionTicks ? [functionLine] : []);
    }
    assert.match(gaps.map(({ what }) => what).join(), /lines inside functions of service\.ts/);
  });
});

const raw = (sourceMapUrl: string, url = 'file:///srv/app.js'): RawProfile => ({
  pid: 1,
  tid: 1,
  threadId: 0,
  name: 'main',
  intervalUs: 1000,
  stampsUs: { startBefore: 0, startAfter: 0, stopBefore: 0, stopAfter: 0 },
  scripts: [{ scriptId: '7', url, sourceMapUrl }],
  profile: {
    nodes: [
      {
        id: 1,
        callFrame: { functionName: 'f', scriptId: '7', url, lineNumber: 0, columnNumber: 0 },
        positionTicks: [{ line: 1, ticks: 3 }],
      },
    ],
  },
});

test('squeezed by a bundler: a function keeps its own name, and is not called by its parameter’s', async (t) => {
  const dir = await temporaryFolder(t);
  const written = [
    'export const tagged = (text: string): string => text.trim();',
    'export const spoken = function (words: string): string { return words.trim(); };',
    'export const answers = { 1: (response: string): string => response.trim() };',
    'export function counted(letters: string): number { return letters.length; }',
  ];
  await writeFile(join(dir, 'x.ts'), written.join('\n'));
  const entry =
    'import * as all from "./x.ts"; globalThis.all = all; const { tagged, spoken, answers, counted } = all; tagged("");';
  await writeFile(join(dir, 'main.ts'), `${entry} spoken(""); answers[1](""); counted("");`);
  await build({
    entryPoints: [join(dir, 'main.ts')],
    bundle: true,
    minify: true,
    sourcemap: true,
    format: 'esm',
    outfile: join(dir, 'main.js'),
  });
  const code = await readFile(join(dir, 'main.js'), 'utf8');
  const named = async (pattern: RegExp): Promise<string | undefined> => {
    const [whole = '', name = '', rest = ''] = pattern.exec(code) ?? [];
    assert.ok(whole !== '', `${String(pattern)} in ${code}`);
    const columnNumber = code.indexOf(whole) + whole.length - rest.length;
    const callFrame = { functionName: name, scriptId: '7', url: 'file:///srv/app.js', lineNumber: 0, columnNumber };
    const map = pathToFileURL(join(dir, 'main.js.map')).href;
    const given = raw(map, pathToFileURL(join(dir, 'main.js')).href);
    const { nodes } = (await mapProfile(
      { ...given, profile: { nodes: [{ id: 1, callFrame }] } },
      { cwd: dir, target: 'api' },
      [],
    )) as {
      nodes: readonly Node[];
    };
    return nodes[0]?.callFrame.functionName;
  };
  assert.equal(await named(/(\w+)=(\w+=>)/), 'tagged');
  assert.equal(await named(/(\w+)=function(\(\w+\))/), 'spoken');
  assert.equal(await named(/()1:(\w+=>)/), '');
  assert.equal(await named(/function (\w+)(\(\w+\))(?=\{return \w+\.length)/), 'counted');
});

describe('a map is untrusted', () => {
  const inline = (map: object): string =>
    `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;

  test('broken, foreign or absent maps leave the generated lines', async (t) => {
    const dir = await temporaryFolder(t);
    await writeFile(join(dir, 'not-a-map'), 'root:x:0:0');
    const hostile = [
      'http://127.0.0.1:1/app.js.map',
      'file://192.0.2.1/share/app.js.map',
      'file:///dev/zero',
      `file://${dir}/not-a-map`,
      'app.js.map',
      'data:application/json;base64,AAAA',
      'data:application/json,%',
      inline({
        version: 3,
        sources: ['\\\\192.0.2.1\\share\\x.ts', 'file://192.0.2.1/x.ts', '../../../no/such/file.ts'],
        names: [],
        mappings: 'AAAA,CCAA,CCAA',
      }),
      inline({ version: 3, sources: ['x'.repeat(100_000)], names: [], mappings: 'AAAA' }),
      inline({ version: 3, sources: [null], names: [], mappings: 'AAAA' }),
      inline({ version: 3, sources: ['a.ts'], names: [], mappings: '!!!!' }),
    ];
    for (const sourceMapUrl of hostile) {
      const given = raw(sourceMapUrl);
      assert.deepEqual(
        await mapProfile(given, { cwd: dir, target: 'api' }, []),
        given.profile,
        sourceMapUrl.slice(0, 60),
      );
    }
  });

  test('bundlers’ own schemes are looked up below the target’s folder', async (t) => {
    const dir = await temporaryFolder(t);
    await writeFile(join(dir, 'x.ts'), '');
    const map = inline({ version: 3, sources: ['webpack://app/./x.ts'], names: [], mappings: 'AASA' });
    const { nodes } = (await mapProfile(raw(map), { cwd: dir, target: 'api' }, [])) as { nodes: readonly Node[] };
    assert.equal(nodes[0]?.callFrame.url, pathToFileURL(join(dir, 'x.ts')).href);
    assert.equal(nodes[0].callFrame.lineNumber, 9);
    assert.deepEqual(nodes[0].positionTicks, [{ line: 10, ticks: 3 }]);
  });
});
