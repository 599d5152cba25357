import { SlowpathError } from '../../errors.ts';
import { nearest } from '../../plan/suggest.ts';
import { templateParts, type TemplatePart } from '../../plan/templateText.ts';
import { quoted } from '../../plan/visible.ts';
import { newRandom, type Random } from '../random.ts';
import { wholeLoad, type Share } from '../share.ts';
import type { DataFile } from './dataFile.ts';

/** A text of a request: the same each time, or filled in anew for each. */
export interface TextSource {
  /** null if it changes. */
  readonly fixed: string | null;
  /** For the request that `Templates.advance` was last called for. */
  next(): string;
}

/**
 * Fills in templates. The counter and the rows go through all requests of the load; equal seeds give equal requests, in the
 * order in which they are sent. Of several processes each counts its own, so that no number is given twice.
 */
export class Templates {
  private readonly random: Random;
  private readonly files: ReadonlyMap<string, DataFile>;
  private count: number;
  private readonly step: number;

  constructor(seed: number, files: ReadonlyMap<string, DataFile>, share: Share = wholeLoad) {
    this.random = newRandom(seed ^ 0x7e3a);
    this.files = files;
    this.step = share.count;
    this.count = share.index + 1 - share.count;
  }

  /** The next request: counts it, and takes its row of each data file. */
  advance(): void {
    this.count += this.step;
  }

  /**
   * @param allows what a value may hold where this text stands; what a file holds is checked now, before anything is sent.
   * @throws SlowpathError LOAD_FAILED for a file or column that isn't there, or a value that can't be sent.
   */
  compile(text: string, allows = /^/): TextSource {
    const parts = templateParts(text);
    const pieces = parts.map((part) => this.piece(part, allows));
    const [only] = pieces;
    if (parts.every(({ kind }) => kind === 'text')) {
      const fixed = pieces.map((piece) => piece()).join('');
      return { fixed, next: () => fixed };
    }
    if (pieces.length === 1 && only) return { fixed: null, next: only };
    return {
      fixed: null,
      next: () => {
        let filled = '';
        for (const piece of pieces) filled += piece();
        return filled;
      },
    };
  }

  private piece(part: TemplatePart, allows: RegExp): () => string {
    switch (part.kind) {
      case 'text':
        return () => part.text;
      case 'counter':
        return () => String(this.count);
      case 'random': {
        const span = part.to - part.from + 1;
        return () => String(part.from + Math.floor(this.random.next() * span));
      }
      case 'hex':
        return () => this.hex(part.digits);
      case 'uuid':
        return () => this.uuid();
      case 'data':
        return this.column(part.file, part.column, allows);
    }
  }

  private column(name: string, column: string, allows: RegExp): () => string {
    const file = this.files.get(name);
    if (!file) {
      const near = nearest(name, [...this.files.keys()]);
      const instead = near === null ? `name its file in "data"` : `write ${quoted(near)}`;
      throw new SlowpathError('LOAD_FAILED', `No data file is called ${quoted(name)}; ${instead}.`);
    }
    const index = file.columns.indexOf(column);
    if (index < 0) {
      const near = nearest(column, file.columns) ?? file.columns[0] ?? '';
      throw new SlowpathError(
        'LOAD_FAILED',
        `The data file ${quoted(name)} has no column ${quoted(column)}; write ${quoted(near)}.`,
      );
    }
    const { rows } = file;
    const wrong = rows.findIndex((row) => !allows.test(row[index] ?? ''));
    if (wrong >= 0) {
      throw new SlowpathError(
        'LOAD_FAILED',
        `Row ${wrong + 1} of the data file ${quoted(name)} has ${quoted(rows[wrong]?.[index] ?? '')} in ${quoted(column)}, which can't stand in a path or header; mend it there.`,
      );
    }
    return () => rows[(this.count - 1) % rows.length]?.[index] ?? '';
  }

  private hex(digits: number): string {
    let text = '';
    while (text.length < digits) {
      text += Math.floor(this.random.next() * 0x100000000)
        .toString(16)
        .padStart(8, '0');
    }
    return text.slice(0, digits);
  }

  /** Version 4, RFC 9562. */
  private uuid(): string {
    const hex = this.hex(31);
    const variant = ((parseInt(hex[15] ?? '0', 16) & 3) | 8).toString(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(16, 19)}-${hex.slice(19)}`;
  }
}
