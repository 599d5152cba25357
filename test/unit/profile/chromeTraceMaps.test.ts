import assert from 'node:assert/strict';
import { buildSync } from 'esbuild';
import { describe, test } from 'node:test';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { FrameKind, type Profile } from '../../../src/profile/tables.ts';
import { assertSound } from './invariants.ts';

const original = `export function priceOf(amount: number, rates: readonly number[]): number {
  let price = amount;
  for (const rate of rates)
    price += rate * amount; // HOT
  return price;
}
// FAR

export class Basket {
  private readonly amounts: number[] = [];
  addAmount(amount: number): void {
    this.amounts.push(priceOf(amount, [1, 2, 3]));
  }
}
(globalThis as { basket?: Basket }).basket = new Basket();
`;
const lineOf = (text: string): number => original.split('\n').findIndex((line) => line.includes(text)) + 1;

interface Built {
  readonly code: string;
  readonly map: Record<string, unknown>;
}

/** What a person's build makes of it, as an application has it. */
function built(minifyWhitespace: boolean): Built {
  const { outputFiles } = buildSync({
    stdin: { contents: original, sourcefile: 'src/basket.ts', loader: 'ts' },
    bundle: true,
    format: 'iife',
    minifyWhitespace,
    minifyIdentifiers: true,
    // Or the function would be put into its caller.
    minifySyntax: false,
    sourcemap: 'external',
    outfile: 'assets/app.js',
    write: false,
  });
  const [map, code] = ['.map', '.js'].map((end) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '');
  return { code: code ?? '', map: JSON.parse(map ?? '') as Record<string, unknown> };
}

const minified = built(true);
const onLines = built(false);
const scriptUrl = 'https://shop.example/assets/app.js';
const mapUrl = `${scriptUrl}.map`;
const home = 'https://shop.example/assets/src/basket.ts';
const dataUrl = (map: unknown): string =>
  `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;

/** Where V8 says that a function begins: at its parameters. */
function placeOf(code: string, pattern: RegExp): { functionName: string; lineNumber: number; columnNumber: number } {
  const match = pattern.exec(code);
  assert.ok(match?.[1] !== undefined, `${String(pattern)} is in ${code}`);
  const at = match.index + match[0].length - 1;
  const before = code.slice(0, at).split('\n');
  return { functionName: match[1], lineNumber: before.length - 1, columnNumber: before.at(-1)?.length ?? 0 };
}

interface TraceParts {
  readonly code?: string;
  readonly script?: Record<string, unknown> | null;
  readonly sourceMaps?: unknown;
  /** Of the samples of the first function. */
  readonly line?: number;
  readonly shift?: { readonly lines: number; readonly columns: number };
}

/** A trace of a page that runs the code: two samples in each function. */
function traceOf({ code = minified.code, script = {}, sourceMaps = [], line, shift }: TraceParts): Uint8Array {
  const common = { pid: 7, tid: 9, ts: 1, ph: 'I' };
  const { lines = 0, columns = 0 } = shift ?? {};
  const nodes = [/function (\w+)\(/, /(addAmount)\(/].map((pattern, index) => {
    const { functionName, lineNumber, columnNumber } = placeOf(code, pattern);
    const moved = { lineNumber: lineNumber + lines, columnNumber: columnNumber + (lineNumber === 0 ? columns : 0) };
    return { id: index + 2, parent: 1, callFrame: { functionName, scriptId: 5, url: scriptUrl, ...moved } };
  });
  const root = { id: 1, callFrame: { functionName: '(root)', scriptId: 0, url: '', lineNumber: -1, columnNumber: -1 } };
  const [first, second] = nodes.map(({ callFrame }) => callFrame.lineNumber + 1);
  const traceEvents = [
    { ...common, name: 'Profile', ph: 'P', id: '0x1', args: { data: { startTime: 100 } } },
    {
      ...common,
      name: 'ProfileChunk',
      ph: 'P',
      id: '0x1',
      args: {
        data: {
          cpuProfile: { nodes: [root, ...nodes], samples: [2, 2, 3, 3] },
          lines: [line ?? first, line ?? first, second, second],
          timeDeltas: [10, 10, 10, 10],
        },
      },
    },
    ...(script === null
      ? []
      : [
          {
            ...common,
            name: 'ScriptCatchup',
            cat: 'disabled-by-default-devtools.v8-source-rundown',
            args: { data: { isolate: '1', scriptId: 5, url: scriptUrl, ...script } },
          },
          {
            ...common,
            name: 'ScriptCatchup',
            cat: 'disabled-by-default-devtools.v8-source-rundown-sources',
            args: { data: { isolate: '1', scriptId: 5, sourceText: code } },
          },
        ]),
  ];
  return new TextEncoder().encode(JSON.stringify({ metadata: { source: 'DevTools', sourceMaps }, traceEvents }));
}

interface Opened {
  readonly profile: Profile;
  readonly functions: readonly string[];
  readonly remarks: readonly string[];
}

function opened(trace: Uint8Array, heapBytes?: number): Opened {
  const remarks: string[] = [];
  const profile = importProfile(trace, { heapBytes, onRemark: (remark) => remarks.push(remark) });
  assertSound(profile);
  const { strings, frames } = profile;
  const functions = Array.from(frames.name, (name, frame) => {
    const place = `${strings[frames.file[frame] ?? -1] ?? ''}:${frames.line[frame] ?? 0}`;
    return frames.kind[frame] === FrameKind.root ? '' : `${strings[name] ?? ''} ${place}`;
  });
  return { profile, functions: functions.filter((text) => text !== '').sort(), remarks };
}

const originals = [`addAmount ${home}:${lineOf('addAmount(')}`, `priceOf ${home}:${lineOf('function priceOf')}`];
const mangled = [placeOf(minified.code, /function (\w+)\(/).functionName, 'addAmount']
  .map((name) => `${name} ${scriptUrl}:1`)
  .sort();

describe('source maps in a Chrome trace', () => {
  test('the build renamed the function, so that names show whether the map is used', () => {
    assert.doesNotMatch(minified.code, /priceOf/);
    assert.deepEqual(opened(traceOf({})).functions, mangled);
  });

  for (const [way, parts] of Object.entries({
    'by the URL of the map': {
      script: { sourceMapUrl: mapUrl },
      sourceMaps: [{ url: '', sourceMapUrl: mapUrl, sourceMap: minified.map }],
    },
    'by a relative URL': {
      script: { sourceMapUrl: 'app.js.map' },
      sourceMaps: [{ url: scriptUrl, sourceMapUrl: mapUrl, sourceMap: minified.map }],
    },
    'in a data URL': { script: { sourceMapUrl: dataUrl({ ...minified.map, sources: [home] }) } },
    'left out of the event': {
      script: { sourceMapUrlElided: true },
      sourceMaps: [{ url: scriptUrl, sourceMap: { ...minified.map, sources: [home] } }],
    },
    'of a script that no event tells of': {
      script: null,
      sourceMaps: [{ url: scriptUrl, sourceMapUrl: mapUrl, sourceMap: minified.map }],
    },
    'in sections': {
      sourceMaps: [
        {
          url: scriptUrl,
          sourceMapUrl: mapUrl,
          sourceMap: { version: 3, sections: [{ offset: { line: 0, column: 0 }, map: minified.map }] },
        },
      ],
    },
    'of a script within a document': {
      script: { startLine: 40, startColumn: 8 },
      shift: { lines: 40, columns: 8 },
      sourceMaps: [{ url: scriptUrl, sourceMapUrl: mapUrl, sourceMap: minified.map }],
    },
  } satisfies Record<string, TraceParts>)) {
    test(`gives functions their own names and lines: ${way}`, () => {
      const { functions, remarks } = opened(traceOf(parts));
      assert.deepEqual([functions, remarks], [originals, []]);
    });
  }

  test('gives samples their own lines', () => {
    const sourceMaps = [{ url: scriptUrl, sourceMapUrl: mapUrl, sourceMap: onLines.map }];
    const hot = onLines.code.split('\n').findIndex((text) => text.includes(' * ')) + 1;
    const { profile } = opened(traceOf({ code: onLines.code, sourceMaps, line: hot }));
    const { lineNumber, lineTicks } = profile.stacks;
    const row = lineNumber.indexOf(lineOf('// HOT'));
    assert.deepEqual([row >= 0, lineTicks[row]], [true, 2]);
  });

  test('takes them from a trace that is too large to be held whole', () => {
    const padding = Array.from({ length: 100_000 }, (_, ts) => ({ name: 'Paint', ph: 'X', ts, args: { data: {} } }));
    const trace = JSON.parse(
      new TextDecoder().decode(
        traceOf({
          sourceMaps: [
            { url: scriptUrl, sourceMapUrl: mapUrl, sourceMap: { ...minified.map, x: 'x'.repeat(2 ** 19) } },
          ],
        }),
      ),
    ) as { traceEvents: unknown[] };
    trace.traceEvents = [...trace.traceEvents, ...padding];
    assert.deepEqual(opened(new TextEncoder().encode(JSON.stringify(trace)), 2 ** 23).functions, originals);
  });

  for (const [fault, map] of Object.entries({
    'no object': 'text',
    'no mappings': { ...minified.map, mappings: [[['x']]] },
    'no sources': { ...minified.map, sources: 5 },
    'sections without end': { version: 3, sections: [{ offset: { line: 1e9, column: 0 }, map: minified.map }] },
    'sections of sections': { sections: [{ offset: { line: 0, column: 0 }, map: { sections: [] } }] },
  })) {
    test(`passes over a map that is none, and says so: ${fault}`, () => {
      const { functions, remarks } = opened(
        traceOf({ sourceMaps: [{ url: scriptUrl, sourceMapUrl: mapUrl, sourceMap: map }] }),
      );
      assert.deepEqual(functions, mangled);
      assert.equal(remarks.length, 1);
      assert.match(remarks[0] ?? '', /^A source map in the trace can't be used.*app\.js\.map/s);
    });
  }

  test('passes over a data URL that is broken', () => {
    const { functions, remarks } = opened(traceOf({ script: { sourceMapUrl: 'data:application/json;base64,%%%' } }));
    assert.deepEqual([functions, remarks.length], [mangled, 1]);
  });

  test('decodes no more than the memory holds', () => {
    const sourceMaps = [
      { url: scriptUrl, sourceMapUrl: mapUrl, sourceMap: { ...minified.map, mappings: 'A,'.repeat(2 ** 19) } },
    ];
    const { functions, remarks } = opened(traceOf({ sourceMaps }), 2 ** 25);
    assert.deepEqual(functions, mangled);
    assert.match(remarks[0] ?? '', /more mappings than can be held/);
  });

  test('a map that leads nowhere, or far beyond any file, leaves the name of what ran', () => {
    for (const mappings of ['', ';;;', 'A', 'AACA', 'AAAgggggE', '!!!!', 'AgggggggggggggggB'])
      assert.equal(
        opened(traceOf({ sourceMaps: [{ url: scriptUrl, sourceMap: { ...minified.map, mappings } }] })).functions
          .length,
        2,
      );
  });
});
