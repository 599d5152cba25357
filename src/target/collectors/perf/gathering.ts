import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { unnamed } from '../../../profile/nativeKind.ts';
import { userEnvironment } from '../../environment.ts';
import { Addresses } from './addresses.ts';
import { lookedUp, readScriptLine, type ScriptFrame } from './scriptLines.ts';

/** Unwinding by DWARF is slow: some 10,000 samples a second. What takes longer than this is left out. */
const SCRIPT_MS = 40_000;
const FIELDS = 'comm,pid,tid,time,period,event,ip,sym,symoff,dso';
const MAX_FUNCTIONS = 100_000;
/** Text is written in pieces of about this length. */
const PIECE = 64 * 1024;

/** Objects of CPython itself: its lines are no part of the program. */
export const interpreter = /\/(?:lib)?python[\d.]*(?:\.so[\d.]*)?$/;

/** A function, by the address it begins at. */
export interface SeenFunction {
  readonly symbol: string;
  readonly object: string;
  readonly address: number;
}

/** The first pass over a recording: `perf script` prints it, the text is kept, addresses are noted. */
export class Gathering {
  readonly addresses = new Addresses();
  readonly functions = new Map</* object and symbol */ string, SeenFunction>();
  /** Frames with a name, and without, by object. */
  readonly named = new Map<string, number>();
  readonly nameless = new Map<string, number>();
  samples = 0;
  /** Sum of what each sample stands for, in the event's own unit: ns of the CPU clock, or cycles. */
  periods = 0;
  lost = 0;
  /** Samples whose stacks are as deep as the kernel records them: callers further out may be missing. */
  cutStacks = 0;
  /** perf was still printing when its time was up. */
  cut = false;
  /** What perf said if it failed. */
  problem: string | null = null;

  private readonly mostCalls: number;

  /** @param mostCalls how many calls of a stack are recorded at most. */
  constructor(mostCalls: number) {
    this.mostCalls = mostCalls;
  }

  /** @param rawFile takes the text: samples and frames, without the other records. */
  async run(perf: string, dataFile: string, rawFile: string): Promise<void> {
    const records = ['--show-mmap-events', '--show-lost-events'];
    const child = spawn(perf, ['script', '-i', dataFile, '--ns', '-F', FIELDS, '--no-inline', ...records], {
      env: { ...userEnvironment(process.env), LC_ALL: 'C', PERF_PAGER: 'cat' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = lastWords(child);
    const timer = setTimeout(() => {
      this.cut = true;
      child.kill('SIGKILL');
    }, SCRIPT_MS);
    try {
      await pipeline(Readable.from(this.kept(child.stdout)), createWriteStream(rawFile));
    } finally {
      clearTimeout(timer);
      // Only if the text could not be written: it has ended else.
      child.kill('SIGKILL');
    }
    const { code, said } = await ended;
    if (code !== 0 && !this.cut) this.problem = said;
  }

  private async *kept(output: Readable): AsyncGenerator<string> {
    let piece = '';
    let depth = 0;
    for await (const text of createInterface({ input: output })) {
      const line = readScriptLine(text);
      if (line.kind === 'mapping') this.addresses.map(line.mapping);
      else if (line.kind === 'lost') this.lost += line.samples;
      else if (line.kind === 'sample') {
        this.samples++;
        this.periods += periodOf(text);
        depth = 0;
      } else if (line.kind === 'frame') {
        this.note(line, depth === 0);
        if (++depth === this.mostCalls) this.cutStacks++;
      }
      if (line.kind !== 'sample' && line.kind !== 'frame' && line.kind !== 'blank') continue;
      piece += `${text}\n`;
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  }

  private note(frame: ScriptFrame, isLeaf: boolean): void {
    const { address, offset, symbol, object } = frame;
    const counts = symbol === unnamed ? this.nameless : this.named;
    counts.set(object, (counts.get(object) ?? 0) + 1);
    if (interpreter.test(object)) return;
    this.addresses.add(object, lookedUp(frame, isLeaf));
    const key = `${object}\0${symbol}`;
    if (symbol === unnamed || this.functions.has(key) || this.functions.size >= MAX_FUNCTIONS) return;
    this.functions.set(key, { symbol, object, address: address - offset });
    this.addresses.add(object, address - offset);
  }
}

/** `api 7/7 12.5:    2000000 cpu-clock: ` */
function periodOf(sample: string): number {
  return Number(/:\s+(\d+)\s+\S+:\s*$/.exec(sample)?.[1] ?? 0);
}

function lastWords(
  child: ChildProcessByStdio<null, Readable, Readable>,
): Promise<{ readonly code: number | null; readonly said: string }> {
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('latin1')).slice(-4096)));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, said: error.message }));
    child.once('close', (code) => resolve({ code, said: said.trim().split('\n').at(-1) ?? '' }));
  });
}
