import type { HeaderFields } from './headerFields.ts';
import type { HeaderList } from './hpackEncoder.ts';

/**
 * What a request hears of its answer. Called on the hot path, while a read is taken apart: arguments that are buffers or fields
 * are valid during the call only. From within any of these calls, new requests may be made and streams be cancelled.
 */
export interface StreamListener {
  /** The answer's head; interim (1xx) ones are passed over. */
  onHeaders(status: number, fields: HeaderFields): void;
  /** A piece [from, to) of its body. */
  onData(data: Uint8Array, from: number, to: number): void;
  onTrailers(fields: HeaderFields): void;
  /** The whole answer is there; the stream is free for the next request. */
  onEnd(): void;
  /** There will be no (further) answer; the stream is free for the next request. @param code e.g. `H2_REFUSED_STREAM`, `GOAWAY`. */
  onReset(code: string): void;
}

/**
 * One request at a time and its answer, on whatever stream id the connection gives it: made once, used for many. The fields below
 * the listener are the connection's; others read `isOpen` and `bytes`.
 */
export class Http2Stream {
  readonly listener: StreamListener;
  /** A request is on it. */
  isOpen = false;
  /** Of the answer so far, as on the wire: frame heads, header blocks, bodies, padding. */
  bytes = 0;
  /** 0 while it has none: closed, or waiting until the peer allows one more. */
  id = 0;
  /** Place in the connection's list of open streams. */
  place = -1;
  headSeen = false;
  /** Our side is done. */
  isSent = false;
  /** DATA that the peer still takes. May be negative (RFC 9113 6.9.2). */
  sendWindow = 0;
  /** DATA received and not yet given back by WINDOW_UPDATE. */
  receivedBytes = 0;
  /** What the windows do not take yet, from `queueFrom` in its first piece on. */
  readonly queue: Uint8Array[] = [];
  queueFrom = 0;
  /** The queue's last piece ends the request. */
  queueEnds = false;
  /** Of a request that waits for a stream id. */
  waitingHeaders: HeaderList | null = null;
  waitingValue: string | null = null;

  constructor(listener: StreamListener) {
    this.listener = listener;
  }

  /** For a new request. @param isSent it has no body. */
  begin(isSent: boolean): void {
    this.isOpen = true;
    this.bytes = 0;
    this.headSeen = false;
    this.isSent = isSent;
    this.receivedBytes = 0;
  }

  /** After the last one. */
  finish(): void {
    this.isOpen = false;
    this.id = 0;
    this.queue.length = 0;
    this.queueFrom = 0;
    this.queueEnds = false;
    this.waitingHeaders = null;
    this.waitingValue = null;
  }
}
