/** Above it the answer is refused as HPE_HEADER_OVERFLOW. Node's own limit is 16 KiB; some servers send more in cookies. */
const longestHead = 64 * 1024;
/** The last head up to this size is remembered. */
const longestKnownHead = 1024;
/** Of a chunk's size line with its extension, and of a whole trailer section. */
const longestLine = 16 * 1024;

const State = {
  head: 0,
  body: 1,
  chunkSize: 2,
  chunkExtension: 3,
  chunkData: 4,
  chunkEnd: 5,
  trailers: 6,
  untilClose: 7,
  complete: 8,
  failed: 9,
} as const;
type State = (typeof State)[keyof typeof State];

const [lf, cr, space, tab, comma, colon, semicolon] = [10, 13, 32, 9, 44, 58, 59];
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const httpVersion1 = bytesOf('HTTP/1.');
const contentLength = bytesOf('content-length');
const transferEncoding = bytesOf('transfer-encoding');
const connection = bytesOf('connection');
const chunked = bytesOf('chunked');
const close = bytesOf('close');
const keepAlive = bytesOf('keep-alive');

/** Hears what the plan wants to look at; names in lower case. */
export interface AnswerListener {
  readonly looksAtBody: boolean;
  readonly headerNames: readonly string[];
  header(name: string, value: string): void;
  body(data: Uint8Array, from: number, to: number): void;
}

/**
 * Reads HTTP/1.0 and 1.1 answers (RFC 9112) from pieces of any size, keeping only what a measurement needs: status, length,
 * whether the connection can go on. Bodies are counted, not kept. Nothing is allocated while answers are well-formed, except
 * that a head split over reads is put together in a buffer that stays.
 *
 * A service's answers mostly begin with the same bytes (for as long as their Date is the same): a head that equals the one before it
 * says the same, so that comparing the two does for parsing it, in an eighth of the time.
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
  private state: State = State.head;
  private answersHead = false;
  private remaining = 0;
  private lineLength = 0;
  private trailerBytes = 0;
  private carry = new Uint8Array(1024);
  private carried = 0;
  private length = -1;
  private isChunked = false;
  private hasTransferEncoding = false;
  private keep = true;
  private listener: AnswerListener | null = null;
  /** The last head that was parsed, and its status; the other fields that it set are still as it set them. */
  private readonly known = new Uint8Array(longestKnownHead);
  private knownLength = 0;
  private knownStatus = 0;

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
    this.carried = 0;
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
        case State.chunkData:
          at = this.skipData(data, at, to);
          break;
        case State.untilClose:
          if (this.listener?.looksAtBody) this.listener.body(data, at, to);
          at = to;
          break;
        default:
          this.takeFraming(data[at] ?? 0);
          at++;
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

  private skipData(data: Uint8Array, at: number, to: number): number {
    if (this.listener?.looksAtBody) this.listener.body(data, at, Math.min(to, at + this.remaining));
    const taken = Math.min(this.remaining, to - at);
    this.remaining -= taken;
    if (this.remaining === 0) this.state = this.state === State.body ? State.complete : State.chunkEnd;
    return at + taken;
  }

  private takeHead(data: Uint8Array, at: number, to: number): number {
    if (this.carried === 0) {
      if (this.takeKnownHead(data, at, to)) return at + this.knownLength;
      const end = headEnd(data, at, at, to);
      if (end >= 0) {
        if (end - at > longestHead) this.fail('HPE_HEADER_OVERFLOW');
        else this.parseHead(data, at, end);
        return end;
      }
    }
    const before = this.carried;
    const taken = Math.min(to - at, longestHead + 1 - before);
    if (before + taken > this.carry.length) {
      const wider = new Uint8Array(Math.min(longestHead + 1, Math.max(this.carry.length * 2, before + taken)));
      wider.set(this.carry.subarray(0, before));
      this.carry = wider;
    }
    this.carry.set(data.subarray(at, at + taken), before);
    this.carried += taken;
    const end = headEnd(this.carry, 0, Math.max(0, before - 3), this.carried);
    if (end < 0) {
      if (this.carried > longestHead) this.fail('HPE_HEADER_OVERFLOW');
      else if (!startsLikeHttp(this.carry, this.carried)) this.fail('HPE_INVALID_CONSTANT');
      return at + taken;
    }
    this.carried = 0;
    this.parseHead(this.carry, 0, end);
    return at + (end - before);
  }

  private takeKnownHead(data: Uint8Array, at: number, to: number): boolean {
    const { known, knownLength } = this;
    if (knownLength === 0 || to - at < knownLength || (this.listener?.headerNames.length ?? 0) > 0) return false;
    for (let i = 0; i < knownLength; i++) if (data[at + i] !== known[i]) return false;
    this.status = this.knownStatus;
    this.afterHead();
    return true;
  }

  /** @param end after the empty line. */
  private parseHead(data: Uint8Array, from: number, end: number): void {
    let at = this.parseStatusLine(data, from, end);
    this.length = -1;
    this.isChunked = false;
    this.hasTransferEncoding = false;
    while (at < end && this.state !== State.failed) {
      const first = data[at] ?? 0;
      if (first === lf || (first === cr && data[at + 1] === lf)) break;
      at = this.parseHeader(data, at, end);
    }
    this.knownLength = this.state !== State.failed && end - from <= longestKnownHead ? end - from : 0;
    for (let i = 0; i < this.knownLength; i++) this.known[i] = data[from + i] ?? 0;
    this.knownStatus = this.status;
    if (this.state !== State.failed) this.afterHead();
  }

  /** @returns the start of the next line. */
  private parseStatusLine(data: Uint8Array, from: number, end: number): number {
    let at = from;
    while (data[at] === cr || data[at] === lf) at++;
    if (end - at < 13 || !isWord(data, at, at + 7, httpVersion1)) {
      this.fail('HPE_INVALID_CONSTANT');
      return end;
    }
    const minor = (data[at + 7] ?? 0) - 48;
    if ((minor !== 0 && minor !== 1) || data[at + 8] !== space) this.fail('HPE_INVALID_VERSION');
    const [hundreds, tens, ones] = [(data[at + 9] ?? 0) - 48, (data[at + 10] ?? 0) - 48, (data[at + 11] ?? 0) - 48];
    const after = data[at + 12];
    const digits = hundreds >= 1 && hundreds <= 9 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
    if (!digits || (after !== space && after !== cr && after !== lf)) this.fail('HPE_INVALID_STATUS');
    this.status = hundreds * 100 + tens * 10 + ones;
    this.keep = minor === 1;
    at += 12;
    while (at < end && data[at] !== lf) at++;
    return at + 1;
  }

  /** @returns the start of the next line. */
  private parseHeader(data: Uint8Array, from: number, end: number): number {
    let at = from;
    while (at < end && data[at] !== colon && data[at] !== lf) at++;
    const nameEnd = at;
    const last = data[nameEnd - 1];
    // RFC 9112 5.1 and 5.2: no space before the colon, no folded lines.
    if (
      data[nameEnd] !== colon ||
      nameEnd === from ||
      data[from] === space ||
      data[from] === tab ||
      last === space ||
      last === tab
    ) {
      this.fail('HPE_INVALID_HEADER_TOKEN');
      return end;
    }
    while (at < end && data[at] !== lf) at++;
    const next = at + 1;
    const nameLength = nameEnd - from;
    if (this.listener && this.listener.headerNames.length > 0) tell(this.listener, data, from, nameEnd, at);
    if (nameLength !== 10 && nameLength !== 14 && nameLength !== 17) return next;
    let start = nameEnd + 1;
    while (data[start] === space || data[start] === tab) start++;
    while (at > start && isBlank(data[at - 1])) at--;
    if (isWord(data, from, nameEnd, contentLength)) this.takeContentLength(data, start, at);
    else if (isWord(data, from, nameEnd, transferEncoding)) this.takeTransferEncoding(data, start, at);
    else if (isWord(data, from, nameEnd, connection)) this.takeConnection(data, start, at);
    return next;
  }

  private takeContentLength(data: Uint8Array, from: number, to: number): void {
    let value = 0;
    for (let i = from; i < to; i++) {
      const digit = (data[i] ?? 0) - 48;
      if (digit < 0 || digit > 9) value = Infinity;
      else value = value * 10 + digit;
    }
    if (from === to || value > Number.MAX_SAFE_INTEGER) this.fail('HPE_INVALID_CONTENT_LENGTH');
    else if (this.length >= 0 && this.length !== value) this.fail('HPE_UNEXPECTED_CONTENT_LENGTH');
    this.length = value;
  }

  private takeTransferEncoding(data: Uint8Array, from: number, to: number): void {
    this.hasTransferEncoding = true;
    let start = to;
    while (start > from && data[start - 1] !== comma && !isBlank(data[start - 1])) start--;
    this.isChunked = isWord(data, start, to, chunked);
  }

  private takeConnection(data: Uint8Array, from: number, to: number): void {
    for (let start = from; start < to;) {
      let end = start;
      while (end < to && data[end] !== comma) end++;
      let [first, last] = [start, end];
      while (first < last && isBlank(data[first])) first++;
      while (last > first && isBlank(data[last - 1])) last--;
      if (isWord(data, first, last, close)) this.keep = false;
      else if (isWord(data, first, last, keepAlive)) this.keep = true;
      start = end + 1;
    }
  }

  /** RFC 9112 6.3: how long the body is. */
  private afterHead(): void {
    const { status } = this;
    if (status < 200) {
      if (status === 101) this.fail('HPE_UNEXPECTED_UPGRADE');
      return;
    }
    this.reusable = this.keep;
    if (this.answersHead || status === 204 || status === 304) {
      this.state = State.complete;
    } else if (this.hasTransferEncoding) {
      // Both framings at once: 6.3 (3) wants the connection closed after the answer.
      if (this.length >= 0) this.reusable = false;
      this.state = this.isChunked ? State.chunkSize : State.untilClose;
      this.reusable &&= this.isChunked;
      this.remaining = 0;
      this.lineLength = 0;
      this.trailerBytes = 0;
    } else if (this.length >= 0) {
      this.remaining = this.length;
      this.state = this.length === 0 ? State.complete : State.body;
    } else {
      this.state = State.untilClose;
      this.reusable = false;
    }
  }

  /** One byte of chunked framing. `lineLength` counts hexadecimal digits, extension bytes or a trailer line in turn. */
  private takeFraming(byte: number): void {
    switch (this.state) {
      case State.chunkSize: {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          this.remaining = this.remaining * 16 + digit;
          if (++this.lineLength > 13) this.fail('HPE_INVALID_CHUNK_SIZE');
        } else if (this.lineLength === 0 || (byte !== cr && byte !== lf && byte !== semicolon && !isBlank(byte))) {
          this.fail('HPE_INVALID_CHUNK_SIZE');
        } else if (byte === lf) {
          this.afterChunkSize();
        } else {
          this.lineLength = 0;
          this.state = State.chunkExtension;
        }
        return;
      }
      case State.chunkExtension:
        if (byte === lf) this.afterChunkSize();
        else if (++this.lineLength > longestLine) this.fail('HPE_CHUNK_EXTENSIONS_OVERFLOW');
        return;
      case State.chunkEnd:
        if (byte === lf) {
          this.state = State.chunkSize;
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

  private afterChunkSize(): void {
    this.lineLength = 0;
    this.state = this.remaining === 0 ? State.trailers : State.chunkData;
  }
}

/** Tells a header if it is one of those that are listened for. @param end of its line. */
function tell(listener: AnswerListener, data: Uint8Array, from: number, nameEnd: number, end: number): void {
  const name = Buffer.from(data.subarray(from, nameEnd)).toString('latin1').toLowerCase();
  if (!listener.headerNames.includes(name)) return;
  listener.header(
    name,
    Buffer.from(data.subarray(nameEnd + 1, end))
      .toString('latin1')
      .trim(),
  );
}

/** Position after the empty line that ends a head starting at `start`, searched from `from`; -1 if it is not there yet. */
function headEnd(data: Uint8Array, start: number, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    if (data[i] !== lf) continue;
    const previous = i - start >= 1 ? data[i - 1] : 0;
    const beforeThat = i - start >= 2 ? data[i - 2] : 0;
    // Empty lines before the status line are passed over (RFC 9112 2.2).
    if ((previous === lf || (previous === cr && beforeThat === lf)) && !isAllBlank(data, start, i)) return i + 1;
  }
  return -1;
}

function isAllBlank(data: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (data[i] !== cr && data[i] !== lf) return false;
  return true;
}

/** So that garbage is refused at once, not when it has filled the buffer or the wait is over. */
function startsLikeHttp(data: Uint8Array, length: number): boolean {
  let start = 0;
  while (start < length && (data[start] === cr || data[start] === lf)) start++;
  for (let i = start; i < Math.min(length, start + httpVersion1.length); i++) {
    if (data[i] !== httpVersion1[i - start]) return false;
  }
  return true;
}

/** Whether [from, to) is the word, letters of either case. */
function isWord(data: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    if (((data[from + i] ?? 0) | 32) !== ((word[i] ?? 0) | 32)) return false;
  }
  return true;
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab || byte === cr;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
