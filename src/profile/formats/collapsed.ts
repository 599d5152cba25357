import { SlowpathError } from '../../errors.ts';
import { ProfileBuilder } from '../builder.ts';
import { foreignKind } from '../nativeKind.ts';
import { FrameKind, FrameTier, type Profile } from '../tables.ts';
import { malformed } from './fields.ts';
import type { Importer } from './importer.ts';
import { forEachLine } from './textLines.ts';

/**
 * Collapsed stacks, one a line: `main;parse;read 12`, as stackcollapse-*.pl of FlameGraph, async-profiler, py-spy and
 * bpftrace's scripts write them. Frames may hold spaces; what follows the last one is the count. Empty lines, comments
 * (#) and remarks without a count are passed over. Read line by line from the bytes, so that no text is longer than a line.
 * Source: github.com/brendangregg/FlameGraph, flamegraph.pl.
 */
export const collapsedImporter: Importer = {
  id: 'collapsed',
  label: 'collapsed stacks',
  sniff: ({ text }) => looksCollapsed(text),
  read: (bytes) => {
    const stacks = new CollapsedStacks();
    forEachLine(bytes, (line, offset) => stacks.add(line, offset));
    return stacks.build();
  },
};

/** Lines without a count for each with one. */
const mostStrays = 0.25;

class CollapsedStacks {
  private readonly builder = new ProfileBuilder();
  private readonly thread = this.builder.thread({ pid: 0, tid: 0, name: 'main', target: '' });
  private readonly frames = new Map<string, number>();
  private counted = 0;
  private strays = 0;
  private firstStray: number | null = null;
  /** So far each line ends in two counts. */
  private isDifference = true;

  add(line: string, offset: number): void {
    if (line === '' || line.startsWith('#')) return;
    const space = line.lastIndexOf(' ');
    const count = space > 0 ? Number(line.slice(space + 1)) : Number.NaN;
    if (!Number.isFinite(count) || count < 0 || line.length === space + 1) {
      this.firstStray ??= offset;
      this.strays++;
      return;
    }
    this.counted++;
    this.isDifference &&= / \d+(?:\.\d+)? \d+(?:\.\d+)?$/.test(line.slice(-64));
    if (count === 0) return;
    let stack = -1;
    for (let start = 0; start <= space;) {
      const end = line.indexOf(';', start);
      const stop = end < 0 || end > space ? space : end;
      stack = this.builder.stack(stack, this.frame(line.slice(start, stop)));
      start = stop + 1;
    }
    this.builder.sample(0, count, stack, this.thread);
  }

  /** flamegraph.pl passes over lines without a count, such as a tracer's remarks; a file of many is none of this format. */
  build(): Profile {
    if (this.firstStray !== null && this.strays > this.counted * mostStrays)
      throw malformed(`the line at byte ${this.firstStray} does not end in a count, nor do ${this.strays - 1} others`);
    if (this.isDifference && this.counted > 1)
      throw new SlowpathError(
        'FORMAT_UNKNOWN',
        'The file holds two counts for each stack, as difffolded.pl writes it: open the two profiles themselves.',
      );
    return this.builder.build({ unit: 'count', intervalUs: 0, startUs: 0, endUs: 0 });
  }

  private frame(text: string): number {
    const known = this.frames.get(text);
    if (known !== undefined) return known;
    const { name, file, line, kind, tier } = partsOf(text);
    const frame = this.builder.frame(name, file, line, 0, kind, tier);
    this.frames.set(detached(text), frame);
    return frame;
  }
}

/**
 * What the tools' marks behind a name say: kernel, JIT-compiled, inlined, woken by; of async-profiler also interpreted, and compiled by the JVM's
 * first compiler.
 */
const markedKinds: Readonly<Record<string, FrameKind>> = {
  k: FrameKind.kernel,
  j: FrameKind.user,
  i: FrameKind.user,
  w: FrameKind.native,
  0: FrameKind.user,
  1: FrameKind.user,
};
const markedTiers: Readonly<Record<string, FrameTier>> = { 0: FrameTier.interpreted, 1: FrameTier.baseline };

interface Parts {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly kind: FrameKind;
  readonly tier: FrameTier;
}

/** `handle (/srv/app.js:12)_[j]` as its parts. */
function partsOf(text: string): Parts {
  const found = /_\[([kjiw01])\]$/.exec(text);
  const mark = found?.[1] ?? '';
  const plain = found ? text.slice(0, found.index) : text;
  const { name, file, line } = placeIn(plain) ?? { name: plain === '' ? '[unknown]' : plain, file: '', line: 0 };
  const kind = found ? (markedKinds[mark] ?? FrameKind.native) : foreignKind(name, file);
  return { name, file, line, kind, tier: markedTiers[mark] ?? FrameTier.unknown };
}

/** `name (file:line)` as py-spy and Slowpath write it. A file has a slash, an extension or brackets, or is Node's own; argument lists have none. */
function placeIn(text: string): { name: string; file: string; line: number } | null {
  const open = text.lastIndexOf(' (');
  const colon = text.lastIndexOf(':');
  if (open <= 0 || colon < open || !text.endsWith(')')) return null;
  const file = text.slice(open + 2, colon);
  const line = text.slice(colon + 1, -1);
  if (!/^\d{1,9}$/.test(line) || !(/[/\\]/.test(file) || /\.\w{1,5}$|^<.*>$|^node:/.test(file))) return null;
  return { name: text.slice(0, open), file, line: Number(line) };
}

/** A copy on its own: a slice would keep the whole text it was cut from in memory. */
function detached(text: string): string {
  return ` ${text}`.slice(1);
}

const mostLinesSniffed = 64;

/** A few lines tell: nearly all must end in a count, and at least one must have callers. */
function looksCollapsed(text: string): boolean {
  if (text.includes('\0')) return false;
  const all = text.split('\n', mostLinesSniffed + 1);
  // A first stack deeper than the head: nothing but frames is seen of it.
  if (all.length === 1 && text.length > 60_000)
    return /^(?:[^\s;{["<]|<\w+>[ ;(])/.test(text) && text.split(';', 65).length > 64;
  // The last may be cut; a text of one line has nothing else.
  const lines = (all.length > 1 ? all.slice(0, -1) : all).map((line) => line.trimEnd());
  const told = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const counted = told.filter(
    (line) => /^(?:[^\s;{"<]|<\w+>[ ;(])/.test(line) && / \d{1,15}(?:\.\d{1,40})?$/.test(line.slice(-64)),
  );
  return counted.length >= told.length * 0.8 && counted.some((line) => line.includes(';'));
}
