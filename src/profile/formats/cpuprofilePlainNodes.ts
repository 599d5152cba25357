import type { ProfileBuilder } from '../builder.ts';
import { frameOfCall, type NodeList } from './cpuprofileNodes.ts';
import type { JsonObject } from './fields.ts';

interface PlainColumns {
  readonly length: number;
  readonly parent: Int32Array;
  /** Index of the node with each id, -1 for none. */
  readonly places: Int32Array;
  /** Each function once; `callOf` says whose each node is. */
  readonly callFrames: readonly JsonObject[];
  readonly callOf: Int32Array;
  readonly hits: Int32Array;
  /** Lines of a node are rows tickStart[node] to tickStart[node + 1] of the two below. */
  readonly tickStart: Int32Array;
  readonly tickLine: Int32Array;
  readonly tickCount: Int32Array;
}

/** Nodes of a `.cpuprofile` that were read from its bytes (cpuprofileBytes.ts). */
export class PlainNodes implements NodeList {
  readonly length: number;
  readonly parent: Int32Array;
  readonly nested = false;
  private readonly columns: PlainColumns;
  /** Of each function, once it has one; there is one builder a file. */
  private readonly frames: Int32Array;
  private readonly paths = new Map</* URL */ string, string>();

  constructor(columns: PlainColumns) {
    this.columns = columns;
    this.length = columns.length;
    this.parent = columns.parent;
    this.frames = new Int32Array(columns.callFrames.length).fill(-1);
  }

  indexOf(id: unknown): number {
    return typeof id === 'number' ? (this.columns.places[id] ?? -1) : -1;
  }

  hitCount(node: number): unknown {
    return this.columns.hits[node];
  }

  frame(node: number, builder: ProfileBuilder): number {
    const { callOf, callFrames } = this.columns;
    const call = callOf[node] ?? 0;
    let frame = this.frames[call] ?? -1;
    if (frame < 0) {
      frame = frameOfCall(callFrames[call], 1, this.paths, builder);
      this.frames[call] = frame;
    }
    return frame;
  }

  ticks(node: number, take: (line: unknown, ticks: unknown) => void): void {
    const { tickStart, tickLine, tickCount } = this.columns;
    const end = tickStart[node + 1] ?? 0;
    for (let row = tickStart[node] ?? 0; row < end; row++) take(tickLine[row], tickCount[row]);
  }
}
