import type { AnswerListener } from './answerListener.ts';
import { Http1Chunks } from './http1Chunks.ts';
import { Http1HeadReader } from './http1HeadReader.ts';

const State = { head: 0, body: 1, chunks: 2, untilClose: 3, complete: 4, failed: 5 } as const;
type State = (typeof State)[keyof typeof State];

/**
 * Reads HTTP/1.0 and 1.1 answers (RFC 9112) from pieces of any size, keeping only what a measurement needs: status, length,
 * whether the connection can go on. Bodies are counted, not kept. Nothing is allocated while answers are well-formed, except
 * that a head split over reads is put together in a buffer that stays.
 *
 * Error codes are llhttp's names, which Node users know.
 */
export class Http1Parser {
  /** Of the last head; interim (1xx) ones are passed over. */
  status = 0;
  /** Of this answer so far: interim heads, head, framing, body and trailers. */
  bytes = 0;
  /** Whether the connection can carry another request after this answer. */
  reusable = false;
  /** Empty unless failed. */
  error = '';
  private readonly heads = new Http1HeadReader();
  private readonly chunks = new Http1Chunks();
  private state: State = State.head;
  private answersHead = false;
  /** Of a body whose length is told. */
  private remaining = 0;
  private listener: AnswerListener | null = null;

  get complete(): boolean {
    return this.state === State.complete;
  }

  /**
   * Prepares for the next answer.
   * @param answersHead the request was a HEAD: the answer has no body, whatever it says.
   * @param listener hears of headers and body; null: they are only counted.
   */
  start(answersHead: boolean, listener: AnswerListener | null = null): void {
    this.listener = listener;
    this.status = 0;
    this.bytes = 0;
    this.reusable = false;
    this.error = '';
    this.state = State.head;
    this.answersHead = answersHead;
    this.heads.start();
  }

  /**
   * Takes the bytes [from, to).
   * @returns the position after the last byte that belongs to this answer: less than `to` only if it is complete (what
   * follows was not asked for). -1 if the answer is malformed, see `error`.
   */
  execute(data: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && this.state < State.complete) {
      switch (this.state) {
        case State.head:
          at = this.takeHead(data, at, to);
          break;
        case State.body:
          at = this.takeBody(data, at, to);
          break;
        case State.chunks:
          at = this.takeChunks(data, at, to);
          break;
        default:
          if (this.listener?.looksAtBody) this.listener.body(data, at, to);
          at = to;
      }
    }
    if (this.state === State.failed) return -1;
    this.bytes += at - from;
    return at;
  }

  /** The peer has closed. @returns whether the answer is complete with that. */
  finish(): boolean {
    if (this.state === State.untilClose) this.state = State.complete;
    if (this.state !== State.complete) this.fail('HPE_INVALID_EOF_STATE');
    return this.state === State.complete;
  }

  private fail(code: string): void {
    if (this.state === State.failed) return;
    this.error = code;
    this.state = State.failed;
  }

  private takeHead(data: Uint8Array, from: number, to: number): number {
    const { heads } = this;
    const at = heads.execute(data, from, to, this.listener);
    if (heads.isWhole) this.afterHead();
    else if (heads.error !== '') this.fail(heads.error);
    return at;
  }

  private takeBody(data: Uint8Array, from: number, to: number): number {
    const end = Math.min(to, from + this.remaining);
    if (this.listener?.looksAtBody) this.listener.body(data, from, end);
    this.remaining -= end - from;
    if (this.remaining === 0) this.state = State.complete;
    return end;
  }

  private takeChunks(data: Uint8Array, from: number, to: number): number {
    const { chunks } = this;
    const at = chunks.execute(data, from, to, this.listener);
    if (chunks.complete) this.state = State.complete;
    else if (chunks.error !== '') this.fail(chunks.error);
    return at;
  }

  /** RFC 9112 6.3: how long the body is. */
  private afterHead(): void {
    const { status, keep, length, isChunked, hasTransferEncoding } = this.heads.head;
    this.status = status;
    if (status < 200) {
      if (status === 101) this.fail('HPE_UNEXPECTED_UPGRADE');
      return;
    }
    this.reusable = keep;
    if (this.answersHead || status === 204 || status === 304) {
      this.state = State.complete;
    } else if (hasTransferEncoding) {
      // Both framings at once: 6.3 (3) wants the connection closed after the answer.
      if (length >= 0) this.reusable = false;
      this.state = isChunked ? State.chunks : State.untilClose;
      this.reusable &&= isChunked;
      this.chunks.start();
    } else if (length >= 0) {
      this.remaining = length;
      this.state = length === 0 ? State.complete : State.body;
    } else {
      this.state = State.untilClose;
      this.reusable = false;
    }
  }
}
