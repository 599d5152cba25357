import { LEAST_UPPER_BOUND, originalPositionFor, traceSegment, type TraceMap } from '@jridgewell/trace-mapping';

/** Longest name or address of a source that is taken from a map. */
export const longestMapText = 4096;
/** A damaged map may lead anywhere; a column of lines holds 32 bits. */
const mostLines = 2 ** 30;

/** Positions as V8 counts them: line and column from 0. */
export interface OriginalPosition {
  readonly url: string;
  readonly line: number;
  readonly column: number;
  /** The name it had before it was minified; null if the map doesn't say. */
  readonly name: string | null;
}

/** A node of a V8 profile, as far as a map moves it. */
export interface MappableNode {
  readonly callFrame: {
    readonly url: string;
    readonly functionName: string;
    /** 0-based, as the column. */
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  /** Lines from 1. */
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

/** Where the positions of one generated script were in the files that a person wrote. */
export class PositionMap {
  private readonly trace: TraceMap;
  /** Of the sources that may be named, by what the map resolves them to. */
  private readonly urls: ReadonlyMap<string | null, string>;

  constructor(trace: TraceMap, urls: ReadonlyMap<string | null, string>) {
    this.trace = trace;
    this.urls = urls;
  }

  /** Of a character; of the first one after it that has an original, where it has none. */
  positionAt(line: number, column: number): OriginalPosition | null {
    return this.at(line, column) ?? this.firstFrom(line, column);
  }

  /** Where a function begins; V8 gives the position of its parameters. */
  functionAt(line: number, column: number, name: string): OriginalPosition | null {
    const position = this.positionAt(line, column);
    return position && { ...position, name: this.nameBefore(line, column, name) };
  }

  /**
   * The original line (from 1) of a generated line (from 1) on which a function that begins at `start` was running. Where the
   * whole function stands on one generated line, only the function's own line can be told.
   */
  lineAt(
    generatedLine: number,
    start: { readonly line: number; readonly column: number },
  ): { readonly url: string; readonly line: number } | null {
    const onFirstLine = generatedLine - 1 === start.line;
    const position = onFirstLine ? this.positionAt(start.line, start.column) : this.firstFrom(generatedLine - 1, 0);
    return position && { url: position.url, line: position.line + 1 };
  }

  /** A node of the script's profile moved to where its function begins in the original, with its ticks; null where the map leads nowhere. */
  mappedNode<N extends MappableNode>(node: N): N | null {
    const { callFrame, positionTicks } = node;
    const start = { line: callFrame.lineNumber, column: callFrame.columnNumber };
    const position = this.functionAt(start.line, start.column, callFrame.functionName);
    if (!position) return null;
    const ticks = new Map</* line */ number, number>();
    for (const tick of positionTicks ?? []) {
      const at = this.lineAt(tick.line, start);
      // A line of another file has no place in this function's ticks (code inlined by a bundler): the function's own line takes it.
      const line = at?.url === position.url ? at.line : position.line + 1;
      ticks.set(line, (ticks.get(line) ?? 0) + tick.ticks);
    }
    return {
      ...node,
      callFrame: {
        ...callFrame,
        functionName: position.name ?? callFrame.functionName,
        url: position.url,
        lineNumber: position.line,
        columnNumber: position.column,
      },
      ...(positionTicks && { positionTicks: Array.from(ticks, ([line, count]) => ({ line, ticks: count })) }),
    };
  }

  private at(line: number, column: number): OriginalPosition | null {
    return this.position(originalPositionFor(this.trace, { line: line + 1, column }));
  }

  private firstFrom(line: number, column: number): OriginalPosition | null {
    return this.position(originalPositionFor(this.trace, { line: line + 1, column, bias: LEAST_UPPER_BOUND }));
  }

  private position(found: ReturnType<typeof originalPositionFor>): OriginalPosition | null {
    if (found.source === null || found.line < 1 || found.line > mostLines) return null;
    const url = this.urls.get(found.source);
    return url === undefined ? null : { url, line: found.line - 1, column: found.column, name: found.name };
  }

  /** `function x(`, `x(` in a class, `x=(` or `x=e=>`, `x=function(`: the name’s own segment. (The one on the parameters may be the first parameter’s.) */
  private nameBefore(line: number, column: number, name: string): string | null {
    for (const at of [column - name.length, column - name.length - 1, column - name.length - '=function'.length]) {
      const segment = at >= 0 && name !== '' ? traceSegment(this.trace, line, at) : null;
      if (segment?.length === 5 && segment[0] === at)
        return this.trace.names[segment[4]]?.slice(0, longestMapText) ?? null;
    }
    return null;
  }
}
