/** One line of `perf script`, told apart. */
type ScriptLine =
  | ScriptFrame
  | { readonly kind: 'mapping'; readonly mapping: Mapping }
  | { readonly kind: 'lost'; readonly samples: number }
  | { readonly kind: 'sample'; readonly text: string }
  | { readonly kind: 'blank' }
  | { readonly kind: 'other' };

/** A function on the stack. */
export interface ScriptFrame {
  readonly kind: 'frame';
  readonly address: number;
  /** `[unknown]` without one. */
  readonly symbol: string;
  /** Of the address in the function. */
  readonly offset: number;
  /** A path, `[kernel.kallsyms]`, `[unknown]`. */
  readonly object: string;
}

/** A file's code in a process's memory. */
export interface Mapping {
  readonly start: number;
  readonly length: number;
  /** Where in the file. */
  readonly offset: number;
  readonly object: string;
}

/** `\t   1744b checksum+0x3b (/srv/api)`. A symbol may hold brackets; the object is a path or stands in brackets of its own. */
const frame = /^\s+([0-9a-f]+) (.*?) \((\/.*|\[[^\]]*\]\S*|[^()]*)\)$/;
const mapping = /: PERF_RECORD_MMAP2? [^[]*\[0x([0-9a-f]+)\(0x([0-9a-f]+)\) @ (?:0x)?([0-9a-f]+)[^\]]*\]: \S+ (.*)$/;
const lost = /: PERF_RECORD_LOST(?:_SAMPLES)?\b.*?\blost:? +(\d+)/;

/** Reads what `perf script -F comm,pid,tid,time,period,event,ip,sym,symoff,dso --show-mmap-events --show-lost-events` prints. */
export function readScriptLine(line: string): ScriptLine {
  if (line === '') return { kind: 'blank' };
  const found = frame.exec(line);
  if (found) {
    const [, address = '', described = '', object = ''] = found;
    const [, symbol = described, offset] = /^(.*)\+0x([0-9a-f]+)$/s.exec(described) ?? [];
    return {
      kind: 'frame',
      address: parseInt(address, 16),
      symbol,
      offset: offset === undefined ? 0 : parseInt(offset, 16),
      object,
    };
  }
  if (/^\s/.test(line)) return { kind: 'other' };
  if (!line.includes(': PERF_RECORD_')) return { kind: 'sample', text: line };
  const missing = lost.exec(line)?.[1];
  if (missing !== undefined) return { kind: 'lost', samples: Number(missing) };
  const [, start, length, offset, object] = mapping.exec(line) ?? [];
  if (start === undefined || length === undefined || offset === undefined || object === undefined)
    return { kind: 'other' };
  return {
    kind: 'mapping',
    mapping: { start: parseInt(start, 16), length: parseInt(length, 16), offset: parseInt(offset, 16), object },
  };
}

/** A caller's address is where it goes on: the call stands before it, maybe on the line before. */
export function lookedUp({ address }: ScriptFrame, isLeaf: boolean): number {
  return isLeaf ? address : address - 1;
}
