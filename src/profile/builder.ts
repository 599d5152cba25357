import { SlowpathError } from '../errors.ts';
import { frameKind } from './classify.ts';
import { Float64Column, groupRows, Int32Column } from './columns.ts';
import { PairIndex } from './pairIndex.ts';
import { FrameTier, type Profile, type ProfileThread, type ProfileUnit, type StackTable } from './tables.ts';

/** Names are data of unknown origin: longer ones are cut, with their length said. */
export const maxNameLength = 1024;

/** Lines and columns beyond are none. */
const maxPosition = 2 ** 26 - 1;

/** More functions or names than any program has: what is beyond is made to fill the memory. */
export const mostFunctions = 2 ** 22;
/** As many call paths take 1.5 GB. */
const mostStacks = 2 ** 25;

interface BuilderLimits {
  /** Of names, and of functions. */
  readonly functions: number;
  readonly stacks: number;
}

interface AboutProfile {
  /** Default 'us'. */
  readonly unit?: ProfileUnit;
  /** Default false; what is not counted in µs is always timeless. */
  readonly timeless?: boolean;
  readonly intervalUs: number;
  readonly startUs: number;
  readonly endUs: number;
}

/**
 * Builds the tables of a profile, whatever format it comes from. Strings, frames and stacks are interned, so that the
 * stacks form a prefix tree: no two rows have the same parent and frame, and parents come first.
 */
export class ProfileBuilder {
  private readonly limits: BuilderLimits;
  private readonly strings: string[] = [];
  private readonly stringIds = new Map<string, number>();
  /** Name and file, line and column, these with the tier, and all together. */
  private readonly callees = new PairIndex();
  private readonly positions = new PairIndex();
  private readonly places = new PairIndex();
  private readonly frameIds = new PairIndex();
  private readonly frameName = new Int32Column();
  private readonly frameFile = new Int32Column();
  private readonly frameLine = new Int32Column();
  private readonly frameColumn = new Int32Column();
  private readonly frameKinds = new Int32Column();
  private readonly frameTiers = new Int32Column();
  /** Caller and frame. */
  private readonly stackIds = new PairIndex();
  private readonly stackParent = new Int32Column();
  private readonly stackFrame = new Int32Column();
  private readonly stackDepth = new Int32Column();
  private readonly tickStack = new Int32Column();
  private readonly tickLine = new Int32Column();
  private readonly tickCount = new Int32Column();
  private readonly threads: ProfileThread[] = [];
  private readonly sampleTime = new Float64Column();
  private readonly sampleWeight = new Float64Column();
  private readonly sampleStack = new Int32Column();
  private readonly sampleThread = new Int32Column();

  constructor(limits: BuilderLimits = { functions: mostFunctions, stacks: mostStacks }) {
    this.limits = limits;
  }

  /** Index of a text, bounded in length. @throws FORMAT_TOO_LARGE, as `frame` and `stack` do: all are bounded in number. */
  string(text: string): number {
    const known = this.stringIds.get(text);
    if (known !== undefined) return known;
    const bounded = boundedName(text);
    let id = this.stringIds.get(bounded);
    if (id === undefined) {
      id = this.strings.length;
      if (id >= this.limits.functions) throw tooMany(this.limits.functions, 'different names');
      this.strings.push(bounded);
      this.stringIds.set(bounded, id);
    }
    return id;
  }

  /**
   * Index of a function. The same function in another tier is a frame of its own.
   * @param file '' for none. @param line 1-based, 0 unknown. @param kind from name and file if not given.
   */
  frame(
    name: string,
    file: string,
    line: number,
    column: number,
    kind?: number,
    tier: number = FrameTier.unknown,
  ): number {
    const nameId = this.string(name);
    const fileId = file === '' ? -1 : this.string(file);
    const callee = this.callees.idOf(nameId, fileId);
    const safeLine = position(line);
    const safeColumn = position(column);
    const place = this.places.idOf(this.positions.idOf(safeLine, safeColumn), tier);
    const known = this.frameIds.length;
    const id = this.frameIds.idOf(callee, place);
    if (id === known) {
      if (id >= this.limits.functions) throw tooMany(this.limits.functions, 'different functions');
      this.frameName.push(nameId);
      this.frameFile.push(fileId);
      this.frameLine.push(safeLine);
      this.frameColumn.push(safeColumn);
      this.frameKinds.push(kind ?? frameKind(name, file));
      this.frameTiers.push(tier);
    }
    return id;
  }

  /** Index of the stack with `frame` called from `parent` (-1: a root). */
  stack(parent: number, frame: number): number {
    const known = this.stackIds.length;
    const id = this.stackIds.idOf(parent, frame);
    if (id === known) {
      if (id >= this.limits.stacks) throw tooMany(this.limits.stacks, 'different call paths');
      this.stackParent.push(parent);
      this.stackFrame.push(frame);
      this.stackDepth.push(parent < 0 ? 0 : this.stackDepth.at(parent) + 1);
    }
    return id;
  }

  get stackCount(): number {
    return this.stackIds.length;
  }

  /** The frame on top of a stack. */
  frameOf(stack: number): number {
    return this.stackFrame.at(stack);
  }

  /** Notes that a line was running `ticks` times when this stack was on top. */
  ticks(stack: number, line: number, ticks: number): void {
    this.tickStack.push(stack);
    this.tickLine.push(position(line));
    this.tickCount.push(Math.min(ticks, 2 ** 30));
  }

  thread(thread: ProfileThread): number {
    this.threads.push(thread);
    return this.threads.length - 1;
  }

  /** One sample standing for [timeUs, timeUs + weightUs). Within a thread they must come in order of time. */
  sample(timeUs: number, weightUs: number, stack: number, thread: number): void {
    this.sampleTime.push(timeUs);
    this.sampleWeight.push(weightUs);
    this.sampleStack.push(stack);
    this.sampleThread.push(thread);
  }

  build({ unit = 'us', timeless = false, ...about }: AboutProfile): Profile {
    return {
      strings: this.strings,
      frames: {
        length: this.frameName.length,
        name: this.frameName.take(),
        file: this.frameFile.take(),
        line: this.frameLine.take(),
        column: this.frameColumn.take(),
        kind: Uint8Array.from(this.frameKinds.take()),
        tier: Uint8Array.from(this.frameTiers.take()),
      },
      stacks: this.stackTable(),
      samples: {
        length: this.sampleTime.length,
        timeUs: this.sampleTime.take(),
        weightUs: this.sampleWeight.take(),
        stack: this.sampleStack.take(),
        thread: this.sampleThread.take(),
      },
      threads: this.threads,
      unit,
      timeless: timeless || unit !== 'us',
      ...about,
    };
  }

  /** Ticks of the same stack and line become one row; a stack's rows are in order of line. */
  private stackTable(): StackTable {
    const length = this.stackParent.length;
    const line = this.tickLine.take();
    const count = this.tickCount.take();
    const grouped = groupRows(this.tickStack.take(), length);
    const lineStart = new Int32Array(length + 1);
    const lineNumber = new Int32Column();
    const lineTicks = new Int32Column();
    for (let stack = 0; stack < length; stack++) {
      lineStart[stack + 1] = lineNumber.length;
      const from = grouped.start[stack] ?? 0;
      const to = grouped.start[stack + 1] ?? 0;
      if (from === to) continue;
      const rows = grouped.rows.subarray(from, to);
      if (rows.length > 1) rows.sort((a, b) => (line[a] ?? 0) - (line[b] ?? 0));
      const first = lineNumber.length;
      for (const row of rows) {
        const last = lineNumber.length - 1;
        if (last >= first && lineNumber.at(last) === line[row]) {
          lineTicks.set(last, Math.min(lineTicks.at(last) + (count[row] ?? 0), 2 ** 30));
        } else {
          lineNumber.push(line[row] ?? 0);
          lineTicks.push(count[row] ?? 0);
        }
      }
      lineStart[stack + 1] = lineNumber.length;
    }
    return {
      length,
      parent: this.stackParent.take(),
      frame: this.stackFrame.take(),
      depth: this.stackDepth.take(),
      lineStart,
      lineNumber: lineNumber.take(),
      lineTicks: lineTicks.take(),
    };
  }
}

/** @param what in the plural. */
export function tooMany(most: number, what: string): SlowpathError {
  return new SlowpathError(
    'FORMAT_TOO_LARGE',
    `The profile has more than ${most} ${what}, which no real one has: record it again, or a shorter time.`,
  );
}

function position(value: number): number {
  return value > 0 && value <= maxPosition ? Math.floor(value) : 0;
}

/** Rebuilt from its characters, because a slice of a 10 MB string would keep all of it in memory. */
function boundedName(text: string): string {
  if (text.length <= maxNameLength) return text;
  const kept = Array.from(text.slice(0, maxNameLength - 40).toWellFormed()).join('');
  return `${kept}… (${text.length} characters)`;
}
