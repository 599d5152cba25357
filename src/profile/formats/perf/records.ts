import { malformed } from '../fields.ts';
import { PerfFrames } from './frames.ts';
import { PerfHeader } from './header.ts';
import { PerfSamples } from './samples.ts';
import type { Profile } from '../../tables.ts';

const [tab, newline, carriageReturn, space, hash] = [0x09, 0x0a, 0x0d, 0x20, 0x23];

/**
 * The lines of `perf script`, told apart: a sample is a line with its thread, time and event, its frames below it (the
 * innermost first, each perhaps followed by its line of source), and an empty line. Without call graphs a sample is one line.
 * Source: linux, tools/perf/builtin-script.c.
 */
export class PerfRecords {
  private readonly samples: PerfSamples;
  private readonly frames: PerfFrames;
  private readonly header = new PerfHeader();
  /** Frames may follow. */
  private open = false;
  /** The record is of another event than the one shown, or of no sample. */
  private skipped = false;

  /** @param event which event to show; by default the one that measures time, or the most frequent. */
  constructor(event?: string) {
    this.samples = new PerfSamples(event);
    this.frames = new PerfFrames(this.samples.builder);
  }

  /** @param buffer whole lines from `from` to `to`, the last with its newline. @param offset where the buffer begins in the text. */
  lines(buffer: Uint8Array, from: number, to: number, offset: number): void {
    for (let at = from; at < to;) {
      const first = buffer[at];
      if (this.open && (first === tab || first === space)) {
        const next = this.skipped ? -1 : this.frames.line(buffer, at);
        // A line with spaces in front that is neither frame nor source: the next sample's, its name padded.
        if (next > 0) at = next;
        else if (first === tab || (this.skipped && !this.header.hasTime(buffer, at))) at = lineEnd(buffer, at) + 1;
        else {
          this.close();
          at = this.headerLine(buffer, at, offset);
        }
      } else if (first === newline || (first === carriageReturn && buffer[at + 1] === newline)) {
        if (this.open) this.close();
        at += first === newline ? 1 : 2;
      } else if (first === hash && !this.open) {
        at = lineEnd(buffer, at) + 1;
      } else {
        if (this.open) this.close();
        at = this.headerLine(buffer, at, offset);
      }
    }
  }

  /** A line that the file's end may have cut. */
  lastLine(buffer: Uint8Array, length: number, offset: number): void {
    const first = buffer[0];
    const isHeader = first !== tab && !(first === space && this.open) && first !== hash;
    // A sample begun and cut before its event counts for nothing, but does no harm to those before it.
    if (isHeader && this.samples.count > 0 && !this.header.read(buffer, 0, length - 1)) return;
    this.lines(buffer, 0, length, offset);
  }

  /** @param length of the whole text. */
  finish(length: number): Profile {
    if (this.open) this.close();
    if (this.samples.count === 0)
      throw malformed(`it ends at byte ${length} without one sample; was perf script run on an empty recording?`);
    return this.samples.build();
  }

  private headerLine(buffer: Uint8Array, at: number, offset: number): number {
    const end = lineEnd(buffer, at);
    const { header } = this;
    if (!header.read(buffer, at, end))
      throw malformed(`the line at byte ${offset + at} is no sample of perf script (thread, time and event expected)`);
    this.skipped = header.event < 0;
    this.open = true;
    this.frames.begin();
    const inline = header.restAt < end ? this.frames.line(buffer, header.restAt) : -1;
    // A sample without a call graph is complete with its line; text of a tracepoint is not a frame.
    if (inline > 0) this.close();
    return end + 1;
  }

  private close(): void {
    this.open = false;
    if (this.skipped) {
      this.frames.begin();
      return;
    }
    const { header } = this;
    this.samples.add(header, this.frames.stack());
  }
}

/** Walked: for the length of a line, asking the runtime to search costs more. */
function lineEnd(buffer: Uint8Array, from: number): number {
  let at = from;
  while (at < buffer.length && buffer[at] !== newline) at++;
  return at;
}
