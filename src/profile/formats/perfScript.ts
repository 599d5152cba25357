import { malformed } from './fields.ts';
import type { Importer, ImportOptions, ImportStream } from './importer.ts';
import type { Profile } from '../tables.ts';
import { PerfRecords } from './perf/records.ts';

/** Longer lines are none that perf writes: C++ names have some thousand characters. */
const longestLine = 2 ** 20;
const newline = 0x0a;

/**
 * `perf script` text, in pieces as they are read: a file of any size opens without ever standing in memory. The pieces may
 * end anywhere. Sizes: what is kept is the columns of the profile and its distinct names and stacks.
 */
export class PerfScriptStream implements ImportStream {
  private readonly records: PerfRecords;
  /** The begin of a line whose end has not come yet. */
  private rest = new Uint8Array(4096);
  private restLength = 0;
  /** Bytes of the text before the next piece. */
  private offset = 0;

  constructor({ type }: ImportOptions = {}) {
    this.records = new PerfRecords(type);
  }

  /** @throws FORMAT_MALFORMED with the byte offset, FORMAT_TOO_LARGE. The piece may be used again afterwards. */
  push(piece: Uint8Array): void {
    const first = piece.indexOf(newline);
    if (first < 0) {
      this.keep(piece);
    } else {
      let from = 0;
      if (this.restLength > 0) {
        from = first + 1;
        this.keep(piece.subarray(0, from));
        this.records.lines(this.rest, 0, this.restLength, this.offset - (this.restLength - from));
        this.restLength = 0;
      }
      const end = piece.lastIndexOf(newline) + 1;
      this.records.lines(piece, from, end, this.offset);
      this.keep(piece.subarray(end));
    }
    this.offset += piece.length;
  }

  /** The profile of everything pushed. A last line that is cut off counts as far as it can be read. */
  finish(): Profile {
    if (this.restLength > 0) {
      const from = this.offset - this.restLength;
      this.keep(Uint8Array.of(newline));
      this.records.lastLine(this.rest, this.restLength, from);
      this.restLength = 0;
    }
    return this.records.finish(this.offset);
  }

  private keep(bytes: Uint8Array): void {
    const length = this.restLength + bytes.length;
    if (length > longestLine)
      throw malformed(`a line at byte ${this.offset - this.restLength} is longer than ${longestLine} bytes`);
    if (length > this.rest.length) {
      const grown = new Uint8Array(Math.max(length, this.rest.length * 2));
      grown.set(this.rest);
      this.rest = grown;
    }
    this.rest.set(bytes, this.restLength);
    this.restLength = length;
  }
}

export const perfScriptImporter: Importer = {
  id: 'perf-script',
  label: 'the text of perf script',
  sniff: ({ text, json }) => json === null && looksLikePerfScript(text),
  read: (bytes, options) => {
    const stream = new PerfScriptStream(options);
    stream.push(bytes);
    return stream.finish();
  },
  stream: (options) => new PerfScriptStream(options),
};

/** A sample's first line among the first ones: a time and an event, or an event with frames below. */
function looksLikePerfScript(text: string): boolean {
  const lines = text.split('\n', 500);
  return lines.some((line, index) => {
    if (line.startsWith('#')) return false;
    if (/(?:^|\s)\d+\.\d{6,9}:\s+(?:\d+\s+)?\S+:(?:\s|$)/.test(line)) return true;
    return /^\S.*\s\S+:\s*$/.test(line) && /^\s+[0-9a-f]{2,16} \S/.test(lines[index + 1] ?? '');
  });
}
