import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { userEnvironment } from '../../environment.ts';
import { Addresses } from './addresses.ts';
import { pythonHeads } from './pythonHeads.ts';
import { readScriptLine, type ScriptLine } from './scriptLines.ts';
import type { Place } from './symbolizer.ts';
import { functionLine, headLine, type FunctionHead, type PerfTextHead } from '../../../profile/perfText.ts';

/** Unwinding by DWARF is slow: some 10,000 samples a second. What takes longer than this is left out. */
const SCRIPT_MS = 40_000;
const FIELDS = 'comm,pid,tid,time,period,event,ip,sym,symoff,dso';
const MAX_FUNCTIONS = 100_000;
/** Text is written in pieces of about this length. */
const PIECE = 64 * 1024;

type Frame = Extract<ScriptLine, { kind: 'frame' }>;

/** What became of a recording on its way to a text. */
export interface Written {
  readonly samples: number;
  readonly lost: number;
  /** perf was still printing when its time was up. */
  readonly cut: boolean;
  /** What perf said if it failed. */
  readonly problem: string | null;
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
  const gathered = await gather(options);
  const { addresses, heads } = gathered;
  const unanswered = await addresses.resolve(options.addr2line);
  const functions = await functionHeads(heads, addresses);
  await pipeline(
    Readable.from(textOf(options, addresses, functions)),
    createGzip({ level: 6 }),
    createWriteStream(options.textFile),
  );
  const programs = [...gathered.named.keys()].filter((path) => !/^\/(?:usr|lib|lib64|opt\/rh)\//.test(path));
  return {
    samples: gathered.samples,
    lost: gathered.lost,
    cut: gathered.cut,
    problem: gathered.problem,
    stripped: new Map([...gathered.nameless].filter(([path]) => addresses.executable(path)?.hasSymbols === false)),
    lineless: programs.filter((path) => addresses.executable(path)?.hasLines === false),
    unanswered,
  };
}

interface Gathered {
  readonly addresses: Addresses;
  /** Functions seen, by the address they begin at. */
  readonly heads: ReadonlyMap<string, Head>;
  readonly named: ReadonlyMap</* object */ string, number>;
  readonly nameless: ReadonlyMap</* object */ string, number>;
  readonly samples: number;
  readonly lost: number;
  readonly cut: boolean;
  readonly problem: string | null;
}

interface Head {
  readonly symbol: string;
  readonly object: string;
  readonly address: number;
}

/** First pass: perf prints, the text is kept, addresses are noted. */
async function gather({ perf, dataFile, rawFile }: ScriptOptions): Promise<Gathered> {
  const script = [
    'script',
    '-i',
    dataFile,
    '--ns',
    '-F',
    FIELDS,
    '--no-inline',
    '--show-mmap-events',
    '--show-lost-events',
  ];
  const env = { ...userEnvironment(process.env), LC_ALL: 'C', PERF_PAGER: 'cat' };
  const child = spawn(perf, script, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('latin1')).slice(-4096)));
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code));
  });
  let cut = false;
  const timer = setTimeout(() => {
    cut = true;
    child.kill('SIGKILL');
  }, SCRIPT_MS);
  const addresses = new Addresses();
  const heads = new Map<string, Head>();
  const named = new Map<string, number>();
  const nameless = new Map<string, number>();
  let samples = 0;
  let lost = 0;
  const keep = async function* (): AsyncGenerator<string> {
    let piece = '';
    let isLeaf = true;
    for await (const text of createInterface({ input: child.stdout })) {
      const line = readScriptLine(text);
      if (line.kind === 'mapping') addresses.map(line.mapping);
      else if (line.kind === 'lost') lost += line.samples;
      else if (line.kind === 'sample') {
        samples++;
        isLeaf = true;
      } else if (line.kind === 'frame') {
        noteFrame(line, isLeaf);
        isLeaf = false;
      }
      if (line.kind !== 'sample' && line.kind !== 'frame' && line.kind !== 'blank') continue;
      piece += `${text}\n`;
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  };
  const noteFrame = (frame: Frame, isLeaf: boolean): void => {
    const counts = frame.symbol === '[unknown]' ? nameless : named;
    counts.set(frame.object, (counts.get(frame.object) ?? 0) + 1);
    if (interpreter.test(frame.object)) return;
    addresses.add(frame.object, lookedUp(frame, isLeaf));
    const begins = frame.address - frame.offset;
    const key = `${frame.object}\0${frame.symbol}`;
    if (frame.symbol === '[unknown]' || heads.has(key) || heads.size >= MAX_FUNCTIONS) return;
    heads.set(key, { symbol: frame.symbol, object: frame.object, address: begins });
    addresses.add(frame.object, begins);
  };
  try {
    await pipeline(Readable.from(keep()), createWriteStream(rawFile));
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
  const code = await exited;
  const problem = code === 0 || cut ? null : (said.trim().split('\n').at(-1) ?? '');
  return { addresses, heads, named, nameless, samples, lost, cut, problem };
}

/** CPython itself: its lines are no part of the program. */
const interpreter = /\/(?:lib)?python[\d.]*(?:\.so[\d.]*)?$/;

/** A caller's address is where it goes on: the call stands before it, maybe on the line before. */
function lookedUp({ address }: Frame, isLeaf: boolean): number {
  return isLeaf ? address : address - 1;
}

async function functionHeads(heads: ReadonlyMap<string, Head>, addresses: Addresses): Promise<FunctionHead[]> {
  const found: FunctionHead[] = [];
  const python = new Map</* file */ string, ReadonlyMap<string, number>>();
  for (const { symbol, object, address } of heads.values()) {
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
  let frames: Frame[] = [];
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

function sampleText(sample: string, frames: readonly Frame[], addresses: Addresses): string {
  if (sample === '') return '';
  const hidden = interpreterFrames(frames);
  let text = `${sample}\n`;
  for (const [index, frame] of frames.entries()) {
    if (hidden[index] !== true) text += frameText(frame, addresses.placeOf(frame.object, lookedUp(frame, index === 0)));
  }
  return `${text}\n`;
}

/** As `perf script -F +srcline` prints it: inlined functions first, the line below each. */
function frameText({ address, symbol, offset, object }: Frame, place: Place | null): string {
  const at = address.toString(16).padStart(16, ' ');
  let text = '';
  for (const inlined of place?.slice(0, -1) ?? []) {
    text += `\t${at} ${inlined.name === '' ? '[unknown]' : inlined.name} (inlined)\n${lineText(inlined)}`;
  }
  text += `\t${at} ${symbol}${symbol === '[unknown]' ? '' : `+0x${offset.toString(16)}`} (${object})\n`;
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
function interpreterFrames(frames: readonly Frame[]): readonly boolean[] {
  if (!frames.some(({ symbol }) => symbol.startsWith('py::'))) return [];
  return frames.map(({ symbol, object }) => !symbol.startsWith('py::') && interpreter.test(object));
}
