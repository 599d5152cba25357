import { SlowpathError } from '../../errors.ts';
import type { ProfileBuilder } from '../builder.ts';
import { nativeKind } from '../nativeKind.ts';
import { Int32Column } from '../columns.ts';
import { malformed } from './fields.ts';
import { FrameTier } from '../tables.ts';
import type { PprofFunction, PprofLocations } from './pprofTables.ts';

const unknownFunction: PprofFunction = { name: '', file: '', line: 0, tier: FrameTier.unknown };

/**
 * Stacks from lists of locations, the innermost first. One location may stand for several functions inlined into each
 * other, and a small file can name a wide location often: the calls this unfolds to are bounded by the file's size.
 */
export class PprofStacks {
  /** Line on top of the last stack, 0 unknown. */
  topLine = 0;
  private readonly locations: PprofLocations;
  private readonly builder: ProfileBuilder;
  private readonly current = new Int32Column();
  private readonly frameOfFunction: Int32Array;
  private readonly frameOfAddress: Int32Array;
  private budget: number;
  private at = 0;

  /** @param fileBytes what bounds the work; real files stay below two calls a byte. */
  constructor(locations: PprofLocations, builder: ProfileBuilder, fileBytes: number) {
    this.locations = locations;
    this.builder = builder;
    this.frameOfFunction = new Int32Array(locations.functions.length).fill(-1);
    this.frameOfAddress = new Int32Array(locations.address.length).fill(-1);
    this.budget = 1e5 + 4 * fileBytes;
  }

  /** @param at where the sample stands, for errors. */
  begin(at: number): void {
    this.at = at;
    this.current.truncate(0);
  }

  readonly addLocation = (id: number | bigint): void => {
    const location = this.locations.indexOf.get(id);
    if (location === undefined)
      throw malformed(`the sample at byte ${this.at} is of location ${id}, which is not in the file`);
    this.current.push(location);
  };

  /** Index of the stack. */
  end(): number {
    const { locations, builder } = this;
    let stack = -1;
    this.topLine = 0;
    for (let place = this.current.length - 1; place >= 0; place--) {
      const location = this.current.at(place);
      const first = locations.lineStart.at(location);
      const end = locations.lineStart.at(location + 1);
      this.budget -= Math.max(1, end - first);
      if (this.budget < 0) throw tooMany();
      if (first === end) {
        stack = builder.stack(stack, this.addressFrame(location));
        this.topLine = 0;
      }
      for (let row = end - 1; row >= first; row--) {
        const callee = locations.lineFunction.at(row);
        stack = builder.stack(stack, callee < 0 ? this.addressFrame(location) : this.functionFrame(callee, location));
        this.topLine = locations.line.at(row);
      }
    }
    // A sample without any location: pprof counts it in the total.
    if (stack < 0) stack = builder.stack(-1, builder.frame('[no stack]', '', 0, 0));
    return stack;
  }

  private functionFrame(index: number, location: number): number {
    const known = this.frameOfFunction[index] ?? -1;
    if (known >= 0) return known;
    const { name, file, line, tier } = this.locations.functions[index] ?? unknownFunction;
    const kind = nativeKind(name, this.locations.mapping[location] ?? '', file);
    const frame = this.builder.frame(name === '' ? '(anonymous)' : name, file, line, 0, kind, tier);
    this.frameOfFunction[index] = frame;
    return frame;
  }

  /** What has no symbol is called by its address and binary: `[libc.so.6] 0x1a2b`. */
  private addressFrame(location: number): number {
    const known = this.frameOfAddress[location] ?? -1;
    if (known >= 0) return known;
    const address = this.locations.address[location] ?? 0;
    const mapping = this.locations.mapping[location] ?? '';
    const binary = mapping.slice(mapping.lastIndexOf('/') + 1).replace(/^\[(.*)\]$/, '$1') || 'unknown';
    const frame = this.builder.frame(`[${binary}] 0x${address.toString(16)}`, '', 0, 0, nativeKind('', mapping, ''));
    this.frameOfAddress[location] = frame;
    return frame;
  }
}

function tooMany(): SlowpathError {
  return new SlowpathError(
    'FORMAT_TOO_LARGE',
    'The profile unfolds to more calls than its size allows: record it again.',
  );
}
