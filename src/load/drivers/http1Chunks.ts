import type { AnswerListener } from './answerListener.ts';
import { cr, isBlank, lf, semicolon } from './http1Bytes.ts';

/** Of a chunk's size line with its extension, and of a whole trailer section. */
const longestLine = 16 * 1024;

const State = { size: 0, extension: 1, data: 2, end: 3, trailers: 4, complete: 5, failed: 6 } as const;
type State = (typeof State)[keyof typeof State];

/** Reads a body in chunks (RFC 9112 7.1) from pieces of any size, up to the end of its trailers. */
export class Http1Chunks {
  /** Empty unless failed; llhttp's name. */
  error = '';
  private state: State = State.size;
  /** Of the chunk. */
  private remaining = 0;
  /** Hexadecimal digits, extension bytes or a trailer line's bytes in turn. */
  private lineLength = 0;
  private trailerBytes = 0;

  get complete(): boolean {
    return this.state === State.complete;
  }

  /** Prepares for the next body. */
  start(): void {
    this.error = '';
    this.state = State.size;
    this.remaining = 0;
    this.lineLength = 0;
    this.trailerBytes = 0;
  }

  /** Takes the bytes [from, to). @returns the position after the last one that belongs to the body, or that broke it. */
  execute(data: Uint8Array, from: number, to: number, listener: AnswerListener | null): number {
    let at = from;
    while (at < to && this.state < State.complete) {
      if (this.state === State.data) {
        const end = Math.min(to, at + this.remaining);
        if (listener?.looksAtBody) listener.body(data, at, end);
        this.remaining -= end - at;
        if (this.remaining === 0) this.state = State.end;
        at = end;
      } else {
        this.takeFraming(data[at] ?? 0);
        at++;
      }
    }
    return at;
  }

  private takeFraming(byte: number): void {
    switch (this.state) {
      case State.size:
        this.takeSize(byte);
        return;
      case State.extension:
        if (byte === lf) this.afterSize();
        else if (++this.lineLength > longestLine) this.fail('HPE_CHUNK_EXTENSIONS_OVERFLOW');
        return;
      case State.end:
        if (byte === lf) {
          this.state = State.size;
          this.lineLength = 0;
        } else if (byte !== cr) {
          this.fail('HPE_STRICT');
        }
        return;
      default:
        if (++this.trailerBytes > longestLine) this.fail('HPE_HEADER_OVERFLOW');
        else if (byte === lf && this.lineLength === 0) this.state = State.complete;
        else if (byte === lf) this.lineLength = 0;
        else if (byte !== cr) this.lineLength++;
    }
  }

  private takeSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.remaining = this.remaining * 16 + digit;
      if (++this.lineLength > 13) this.fail('HPE_INVALID_CHUNK_SIZE');
    } else if (this.lineLength === 0 || (byte !== cr && byte !== lf && byte !== semicolon && !isBlank(byte))) {
      this.fail('HPE_INVALID_CHUNK_SIZE');
    } else if (byte === lf) {
      this.afterSize();
    } else {
      this.lineLength = 0;
      this.state = State.extension;
    }
  }

  private afterSize(): void {
    this.lineLength = 0;
    this.state = this.remaining === 0 ? State.trailers : State.data;
  }

  private fail(code: string): void {
    this.error = code;
    this.state = State.failed;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
