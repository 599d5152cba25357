import { StringDecoder } from 'node:string_decoder';
import type { TargetOutput } from './target.ts';

/** What one line may carry (contract of TargetContext.onOutput). */
const MAX_LINE_CHARS = 8 * 1024;
const KEPT_LINES = 20;
/** 10 MB/s over two seconds: more than a person reads and enough to disturb the measurement. */
const FLOOD_BYTES = 20 * 1024 * 1024;
const FLOOD_WINDOW_US = 2_000_000;
/** Lines passed on in one second; the rest are counted. A log view keeps up with this, an extension host is not blocked by it. */
const MAX_LINES_PER_SECOND = 2000;

const ESC = '\u001b';
const BEL = '\u0007';
/** ECMA-48 control sequences, OSC strings up to their terminator, and lone escapes. */
const ESCAPES = new RegExp(
  `${ESC}\\[[0-?]*[ -/]*[@-~]|${ESC}\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)?|${ESC}[@-Z\\\\^_]?`,
  'g',
);
/** C0 without tab, DEL, C1, line and paragraph separators, and the marks that turn the direction of text. */
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A line safe to show anywhere: no escape sequences, no control characters, no direction marks. */
export function sanitizeLine(line: string): string {
  return line.replaceAll(ESCAPES, '').replaceAll(CONTROLS, '');
}

/**
 * The target's output as it arrives: cut into sanitised lines, passed on at a bounded rate, the last ones kept for error
 * messages, floods noticed.
 */
export class OutputLog {
  private readonly target: string;
  private readonly onLine: (line: TargetOutput) => void;
  private readonly onFlood: () => void;
  private readonly nowUs: () => number;
  private readonly streams: Record<TargetOutput['stream'], LineCutter>;
  private readonly kept: string[] = [];
  private windowStartUs: number;
  private windowBytes = 0;
  private secondStartUs: number;
  private secondLines = 0;
  private leftOut = 0;
  private flooded = false;

  constructor(target: string, onLine: (line: TargetOutput) => void, onFlood: () => void, nowUs: () => number) {
    this.target = target;
    this.onLine = onLine;
    this.onFlood = onFlood;
    this.nowUs = nowUs;
    this.windowStartUs = this.secondStartUs = nowUs();
    this.streams = {
      stdout: new LineCutter((line) => this.pass('stdout', line)),
      stderr: new LineCutter((line) => this.pass('stderr', line)),
    };
  }

  write(stream: TargetOutput['stream'], chunk: Buffer): void {
    const nowUs = this.nowUs();
    if (nowUs - this.windowStartUs >= FLOOD_WINDOW_US) {
      this.windowStartUs = nowUs;
      this.windowBytes = 0;
    }
    this.windowBytes += chunk.length;
    if (this.windowBytes > FLOOD_BYTES) {
      if (!this.flooded) {
        this.flooded = true;
        this.onFlood();
      }
      return;
    }
    this.streams[stream].write(chunk);
  }

  /** The stream has ended: what stands without a newline is a line too. */
  end(stream: TargetOutput['stream']): void {
    this.streams[stream].end();
    this.tellLeftOut();
  }

  /** The last 20 lines of both streams, oldest first, with what stands without a newline so far. */
  lastLines(): readonly string[] {
    const open = [this.streams.stdout.open, this.streams.stderr.open].filter((text) => text !== '').map(sanitizeLine);
    return [...this.kept, ...open].slice(-KEPT_LINES);
  }

  private pass(stream: TargetOutput['stream'], raw: string): void {
    const text = sanitizeLine(raw);
    this.kept.push(text);
    if (this.kept.length > KEPT_LINES) this.kept.shift();
    const nowUs = this.nowUs();
    if (nowUs - this.secondStartUs >= 1_000_000) {
      this.secondStartUs = nowUs;
      this.secondLines = 0;
      this.tellLeftOut();
    }
    if (++this.secondLines > MAX_LINES_PER_SECOND) this.leftOut++;
    else this.onLine({ target: this.target, stream, text });
  }

  private tellLeftOut(): void {
    if (this.leftOut > 0)
      this.onLine({ target: this.target, stream: 'stderr', text: `… ${this.leftOut} more lines left out` });
    this.leftOut = 0;
  }
}

/** Cuts a byte stream into lines of at most MAX_LINE_CHARS; the rest of a longer line is dropped. */
class LineCutter {
  private readonly decoder = new StringDecoder('utf8');
  private readonly onLine: (line: string) => void;
  private begun = '';

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine;
  }

  /** What stands without a newline so far. */
  get open(): string {
    return this.begun;
  }

  write(chunk: Buffer): void {
    const text = this.decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.append(text, start, end);
      this.emit();
      start = end + 1;
    }
    this.append(text, start, text.length);
  }

  end(): void {
    this.begun += this.decoder.end();
    if (this.begun !== '') this.emit();
  }

  private append(text: string, start: number, end: number): void {
    const room = MAX_LINE_CHARS - this.begun.length;
    if (room > 0) this.begun += text.slice(start, Math.min(end, start + room));
  }

  private emit(): void {
    const line = this.begun.endsWith('\r') ? this.begun.slice(0, -1) : this.begun;
    this.begun = '';
    this.onLine(line);
  }
}
