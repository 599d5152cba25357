import type { ProfileBuilder } from '../../builder.ts';
import { Int32Column } from '../../columns.ts';
import { PairIndex } from '../../pairIndex.ts';
import { ByteIds } from '../byteIds.ts';
import { tooLarge } from '../fields.ts';
import { perfSymbol, symbolKind, type PerfSymbol } from './symbol.ts';

const [tab, newline, carriageReturn, space, bracket, plus] = [0x09, 0x0a, 0x0d, 0x20, 0x28, 0x2b];
/** What may be kept of one file, so that a hostile one can't fill the memory: far more than any program has. */
const mostSymbols = 4_000_000;
const mostSymbolBytes = 400 * 2 ** 20;
const mostStacks = 24_000_000;
const deepestStack = 1_000_000;
/** perf prints addresses right-aligned in as many columns, behind a tab. */
const addressWidth = 16;
/** A power of two; more than pairs of neighbours in most programs, and small enough for the processor's cache. */
const followerRows = 2 ** 18;

/** How a name begins whose namespace has none in C++: no place in brackets. */
const nameless = new TextEncoder().encode('(anonymous namespace)::');

/**
 * The frames of one sample after the other, straight from bytes. This is the hot path of a big file: a frame whose function
 * was seen before costs one walk over its bytes and one look-up, and makes no string. Samples resemble each other: mostly the
 * function is the one that came last time after the two before it, and a comparison by words is all it takes.
 */
export class PerfFrames {
  private readonly builder: ProfileBuilder;
  private readonly symbolIds = new ByteIds();
  private readonly symbols: PerfSymbol[] = [];
  /** The frame of a symbol in its own place. */
  private readonly symbolFrame = new Int32Column();
  /** 1 for those in the kernel's half of the address space. */
  private readonly kernelSymbol = new Int32Column();
  /** Which symbol came last after two others: the row is made of their numbers, and two pairs may share one. */
  private readonly followers = new Int32Array(followerRows).fill(-1);
  private follower = 0;
  private lastSymbol = -1;
  private viewed: Uint8Array | null = null;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private readonly sourceIds = new ByteIds();
  private readonly sourceFile = new Int32Column();
  private readonly sourceLine = new Int32Column();
  private readonly files: string[] = [];
  private readonly fileIds = new Map<string, number>();
  /** A symbol in a file that its line of source, or the frame around it, names. */
  private readonly placed = new PairIndex();
  private readonly placedFrame = new Int32Column();
  /** The frames of this sample, the innermost first. */
  private depth = 0;
  private ownSymbols = new Int32Array(256);
  /** Row of sourceFile and sourceLine, or −1. */
  private ownSources = new Int32Array(256);
  /** The stack of a sample without frames. */
  private unknownStack = -1;

  constructor(builder: ProfileBuilder) {
    this.builder = builder;
  }

  begin(): void {
    this.depth = 0;
    this.follower = 0;
    this.lastSymbol = -1;
  }

  /**
   * Takes in a frame, or the source line of the frame before it.
   * @param buffer holds the line's newline.
   * @returns where the next line begins; −1 if this is neither.
   */
  line(buffer: Uint8Array, from: number): number {
    if (buffer !== this.viewed) {
      this.viewed = buffer;
      this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    }
    const expected = this.followers[this.follower] ?? -1;
    if (expected >= 0 && buffer[from + addressWidth + 1] === space && buffer[from] === tab) {
      const inKernel = buffer[from + 1] === 0x66 && buffer[from + 2] === 0x66;
      if (inKernel === (this.kernelSymbol.at(expected) === 1)) {
        const next = this.symbolIds.match(expected, this.view, from + addressWidth + 2);
        if (next > 0) {
          this.push(expected);
          return next;
        }
      }
    }
    return this.unexpected(buffer, from);
  }

  /** A line that is not the one that came last time at this place. */
  private unexpected(buffer: Uint8Array, from: number): number {
    let at = from;
    while (buffer[at] === space || buffer[at] === tab) at++;
    const address = at;
    let byte = buffer[at] ?? newline;
    while ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)) byte = buffer[++at] ?? newline;
    if (
      (byte !== space && byte !== tab) ||
      at === address ||
      (buffer[at + 1] === bracket && !isNameless(buffer, at + 1))
    )
      return this.lineOfSource(buffer, from, address);
    // The upper half of the address space is the kernel's, where most frames but not all have its name.
    const inKernel = at - address === 16 && buffer[address] === 0x66 && buffer[address + 1] === 0x66;
    const start = ++at;
    let hash = this.symbolIds.seed ^ (inKernel ? 1 : 0);
    let gapFrom = -1;
    let gapTo = -1;
    for (byte = buffer[at] ?? newline; byte !== newline; byte = buffer[++at] ?? newline) {
      if (byte === plus && buffer[at + 1] === 0x30 && buffer[at + 2] === 0x78 && gapFrom < 0) {
        const end = offsetEnd(buffer, at + 3);
        if (end > 0) {
          gapFrom = at;
          gapTo = end;
          at = end - 1;
          continue;
        }
      }
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    if (gapFrom < 0) gapFrom = gapTo = at;
    const known = this.symbolIds.size;
    const symbol = this.symbolIds.idOf(buffer, start, gapFrom, gapTo, at, hash);
    if (symbol === known) this.addSymbol(buffer, start, gapFrom, gapTo, at, inKernel);
    this.followers[this.follower] = symbol;
    this.push(symbol);
    return at + 1;
  }

  /** The stack of the frames since `begin`, and one tick on the innermost frame's line. */
  stack(): number {
    if (this.depth === 0) return this.withoutFrames();
    const { builder, ownSymbols, ownSources, symbolFrame } = this;
    let stack = -1;
    let around = -1;
    for (let row = this.depth - 1; row >= 0; row--) {
      const symbol = ownSymbols[row] ?? 0;
      const source = ownSources[row] ?? -1;
      let frame = symbolFrame.at(symbol);
      const inlined = frame < 0;
      if (source >= 0) frame = this.frameIn(symbol, this.sourceFile.at(source), around);
      else if (inlined) frame = this.frameIn(symbol, this.fileId(this.objectOf(around)), around);
      if (!inlined) around = symbol;
      stack = builder.stack(stack, frame);
    }
    if (builder.stackCount > mostStacks) throw tooLarge(`more than ${mostStacks} different stacks`);
    const line = (ownSources[0] ?? -1) < 0 ? 0 : this.sourceLine.at(ownSources[0] ?? 0);
    if (line > 0) builder.ticks(stack, line, 1);
    this.depth = 0;
    return stack;
  }

  private push(symbol: number): void {
    if (this.depth === this.ownSymbols.length) {
      if (this.depth >= deepestStack) throw tooLarge(`a stack of more than ${deepestStack} frames`);
      const [symbols, sources] = [this.ownSymbols, this.ownSources];
      this.ownSymbols = new Int32Array(this.depth * 2);
      this.ownSymbols.set(symbols);
      this.ownSources = new Int32Array(this.depth * 2);
      this.ownSources.set(sources);
    }
    this.ownSymbols[this.depth] = symbol;
    this.ownSources[this.depth++] = -1;
    this.follower = (Math.imul(this.lastSymbol, 0x9e3779b1) + symbol) & (followerRows - 1);
    this.lastSymbol = symbol;
  }

  private addSymbol(
    buffer: Uint8Array,
    from: number,
    gapFrom: number,
    gapTo: number,
    to: number,
    inKernel: boolean,
  ): void {
    if (this.symbols.length >= mostSymbols || this.symbolIds.bytes > mostSymbolBytes)
      throw tooLarge(`more than ${mostSymbols} different functions`);
    const symbol = perfSymbol((decode(buffer, from, gapFrom) + decode(buffer, gapTo, to)).trimEnd(), inKernel);
    this.symbols.push(symbol);
    this.kernelSymbol.push(inKernel ? 1 : 0);
    const { name, file, line, column, kind, tier, object } = symbol;
    const place = file === '' && object !== '[unknown]' ? object : file;
    this.symbolFrame.push(symbol.inlined ? -1 : this.builder.frame(name, place, line, column, kind, tier));
  }

  /** `  file.c:12`; the kernel has none and shows `[kernel.kallsyms][ffffffff…]` instead. Only after a frame. */
  private lineOfSource(buffer: Uint8Array, from: number, start: number): number {
    const end = buffer.indexOf(newline, start);
    if (end < 0) return -1;
    if (this.depth === 0 || this.ownSources[this.depth - 1] !== -1) return -1;
    const last = end - 1 - (buffer[end - 1] === carriageReturn ? 1 : 0);
    if (buffer[start] === 0x5b || (buffer[start] === 0x3f && buffer[last] !== 0x3a)) {
      if (buffer[from] === tab) return -1;
      this.ownSources[this.depth - 1] = -2;
      return end + 1;
    }
    const known = this.sourceIds.size;
    const source = this.sourceIds.idOfRange(buffer, start, end);
    if (source === known) this.addSource(decode(buffer, start, end).trim());
    if (this.sourceFile.at(source) < 0) return -1;
    this.ownSources[this.depth - 1] = source;
    return end + 1;
  }

  private addSource(text: string): void {
    if (this.sourceIds.size >= mostSymbols || this.sourceIds.bytes > mostSymbolBytes)
      throw tooLarge(`more than ${mostSymbols} different lines of source`);
    const [, file, line] = /^(\S.*?):(\d+)(?: \(discriminator \d+\))?$/.exec(text) ?? [];
    this.sourceFile.push(file === undefined ? -1 : this.fileId(file));
    this.sourceLine.push(Number(line ?? 0));
  }

  private fileId(file: string): number {
    let id = this.fileIds.get(file);
    if (id === undefined) {
      id = this.files.length;
      this.files.push(file);
      this.fileIds.set(file, id);
    }
    return id;
  }

  /** A symbol whose file is told by another line: its source, or, for one inlined, the object around it. */
  private frameIn(symbol: number, file: number, around: number): number {
    const known = this.placed.length;
    const id = this.placed.idOf(symbol, file);
    if (id === known)
      this.placedFrame.push(this.buildPlaced(this.symbols[symbol], this.files[file] ?? '', this.objectOf(around)));
    return this.placedFrame.at(id);
  }

  private buildPlaced(symbol: PerfSymbol | undefined, file: string, object: string): number {
    const { name = '', line = 0, column = 0, tier, kind = 0, inlined = false } = symbol ?? {};
    const placedKind = symbol?.file === '' ? symbolKind(symbol, file, inlined ? object : symbol.object) : kind;
    const place = symbol && symbol.file !== '' ? symbol.file : file;
    return this.builder.frame(name, place, line, column, placedKind, tier);
  }

  private objectOf(symbol: number): string {
    return this.symbols[symbol]?.object ?? '';
  }

  private withoutFrames(): number {
    if (this.unknownStack < 0) {
      const { name, kind } = perfSymbol('[unknown] ([unknown])', false);
      this.unknownStack = this.builder.stack(-1, this.builder.frame(name, '', 0, 0, kind));
    }
    return this.unknownStack;
  }
}

/** The end of a hexadecimal offset that ends a symbol, or −1: `+0x` may stand in a name too. */
function offsetEnd(buffer: Uint8Array, from: number): number {
  let at = from;
  let byte = buffer[at] ?? 0;
  while ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)) byte = buffer[++at] ?? 0;
  if (at === from) return -1;
  return byte === newline || byte === carriageReturn || (byte === space && buffer[at + 1] === bracket) ? at : -1;
}

function decode(buffer: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(buffer.subarray(from, to));
}

function isNameless(buffer: Uint8Array, from: number): boolean {
  return nameless.every((byte, index) => buffer[from + index] === byte);
}
