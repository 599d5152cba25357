import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { mostCalls } from './access.ts';
import type { Addresses } from './addresses.ts';
import { Gathering, interpreter, type SeenFunction } from './gathering.ts';
import { pythonHeads } from './pythonHeads.ts';
import { lookedUp, readScriptLine, type ScriptFrame } from './scriptLines.ts';
import type { Place } from './symbolizer.ts';
import { unnamed } from '../../../profile/nativeKind.ts';
import { functionLine, headLine, type FunctionHead, type PerfTextHead } from '../../../profile/perfText.ts';

/** Text is written in pieces of about this length. */
const PIECE = 64 * 1024;

/** What became of a recording on its way to a text. */
export interface Written {
  readonly samples: number;
  /** Sum of what each stands for: ns of the CPU clock, or cycles. */
  readonly periods: number;
  readonly lost: number;
  /** Samples whose stacks are as deep as the kernel records them. */
  readonly cutStacks: number;
  /** perf was still printing when its time was up. */
  readonly cut: boolean;
  /** What perf said if it failed. */
  readonly problem: string | null;
  /** Whose code was seen: paths, `[kernel.kallsyms]`. */
  readonly objects: readonly string[];
  /** Frames without a name, by object, where that object is a program without a table of symbols. */
  readonly stripped: ReadonlyMap</* path */ string, number>;
  /** Programs of the target, outside the system's folders, without line tables. */
  readonly lineless: readonly string[];
  /** Files for which the tool gave no lines. */
  readonly unanswered: readonly string[];
}

export interface ScriptOptions {
  readonly perf: string;
  readonly dataFile: string;
  /** Holds perf's own text while lines are looked up. */
  readonly rawFile: string;
  readonly textFile: string;
  /** `llvm-addr2line`, `addr2line`, or null. */
  readonly addr2line: string | null;
  readonly head: PerfTextHead;
}

/** Writes a recording as text with source lines, in two passes, so that memory does not grow with its length. */
export async function writePerfText(options: ScriptOptions): Promise<Written> {
  const gathered = new Gathering(mostCalls());
  await gathered.run(options.perf, options.dataFile, options.rawFile);
  const { addresses } = gathered;
  const unanswered = await addresses.resolve(options.addr2line);
  const functions = await functionHeads(gathered.functions, addresses);
  await pipeline(
    Readable.from(textOf(options, addresses, functions)),
    createGzip({ level: 6 }),
    createWriteStream(options.textFile),
  );
  const programs = [...gathered.named.keys()].filter((path) => !/^\/(?:usr|lib|lib64|opt\/rh)\//.test(path));
  return {
    samples: gathered.samples,
    periods: gathered.periods,
    lost: gathered.lost,
    cutStacks: gathered.cutStacks,
    cut: gathered.cut,
    problem: gathered.problem,
    objects: [...new Set([...gathered.named.keys(), ...gathered.nameless.keys()])],
    stripped: new Map([...gathered.nameless].filter(([path]) => addresses.executable(path)?.hasSymbols === false)),
    lineless: programs.filter((path) => addresses.executable(path)?.hasLines === false),
    unanswered,
  };
}

async function functionHeads(seen: ReadonlyMap<string, SeenFunction>, addresses: Addresses): Promise<FunctionHead[]> {
  const found: FunctionHead[] = [];
  const python = new Map</* file */ string, ReadonlyMap<string, number>>();
  for (const { symbol, object, address } of seen.values()) {
    const [, name, file] = /^py::(.+?):(.*)$/s.exec(symbol) ?? [];
    if (name !== undefined && file !== undefined) {
      let known = python.get(file);
      if (!known) python.set(file, (known = await pythonHeads(file)));
      const line = known.get(name);
      if (line !== undefined) found.push({ name, file, line });
      continue;
    }
    const place = addresses.placeOf(object, address)?.at(-1);
    if (place && place.line > 0) found.push({ name: symbol, file: place.file, line: place.line });
  }
  return found;
}

/** Second pass: the same samples, each frame with its lines. */
async function* textOf(
  { rawFile, head }: ScriptOptions,
  addresses: Addresses,
  functions: readonly FunctionHead[],
): AsyncGenerator<string> {
  let piece = headLine(head) + functions.map(functionLine).join('');
  let sample = '';
  let frames: ScriptFrame[] = [];
  for await (const text of createInterface({ input: createReadStream(rawFile) })) {
    const line = readScriptLine(text);
    if (line.kind === 'sample') sample = text;
    else if (line.kind === 'frame') frames.push(line);
    if (line.kind !== 'blank') continue;
    piece += sampleText(sample, frames, addresses);
    sample = '';
    frames = [];
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece + sampleText(sample, frames, addresses);
}

function sampleText(sample: string, frames: readonly ScriptFrame[], addresses: Addresses): string {
  if (sample === '') return '';
  const hidden = interpreterFrames(frames);
  let text = `${sample}\n`;
  for (const [index, frame] of frames.entries()) {
    if (hidden[index] !== true) text += frameText(frame, addresses.placeOf(frame.object, lookedUp(frame, index === 0)));
  }
  return `${text}\n`;
}

/** As `perf script -F +srcline` prints it: inlined functions first, the line below each. */
function frameText({ address, symbol, offset, object }: ScriptFrame, place: Place | null): string {
  const at = address.toString(16).padStart(16, ' ');
  let text = '';
  for (const inlined of place?.slice(0, -1) ?? []) {
    text += `\t${at} ${inlined.name === '' ? unnamed : inlined.name} (inlined)\n${lineText(inlined)}`;
  }
  text += `\t${at} ${symbol}${symbol === unnamed ? '' : `+0x${offset.toString(16)}`} (${object})\n`;
  const own = place?.at(-1);
  return own ? text + lineText(own) : text;
}

function lineText({ file, line }: Place[number]): string {
  return line > 0 ? `  ${file}:${line}\n` : '';
}

/**
 * CPython runs every Python function through functions of its own, which say nothing about the program: they are left out of stacks
 * that hold Python functions, so that a function's time is its own. Extension modules, libraries and the kernel stay.
 */
function interpreterFrames(frames: readonly ScriptFrame[]): readonly boolean[] {
  if (!frames.some(({ symbol }) => symbol.startsWith('py::'))) return [];
  return frames.map(({ symbol, object }) => !symbol.startsWith('py::') && interpreter.test(object));
}
