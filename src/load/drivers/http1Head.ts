import type { AnswerListener } from './answerListener.ts';
import { bytesOf, colon, comma, cr, httpVersion1, isBlank, isWord, lf, space, tab } from './http1Bytes.ts';

const contentLength = bytesOf('content-length');
const transferEncoding = bytesOf('transfer-encoding');
const connection = bytesOf('connection');
const chunked = bytesOf('chunked');
const close = bytesOf('close');
const keepAlive = bytesOf('keep-alive');

/** What a measurement needs of an answer's head (RFC 9112 4 to 6), until the next one is parsed. */
export class Http1Head {
  status = 0;
  /** The server leaves the connection open. */
  keep = true;
  /** −1 where it is not told. */
  length = -1;
  isChunked = false;
  hasTransferEncoding = false;
  /** Empty unless malformed; llhttp's name. */
  error = '';

  /**
   * Parses a whole head [from, end), its empty line included.
   * @param listener hears of the headers it asks for.
   */
  parse(data: Uint8Array, from: number, end: number, listener: AnswerListener | null): void {
    this.error = '';
    this.length = -1;
    this.isChunked = false;
    this.hasTransferEncoding = false;
    let at = this.parseStatusLine(data, from, end);
    while (at < end && this.error === '') {
      const first = data[at] ?? 0;
      if (first === lf || (first === cr && data[at + 1] === lf)) break;
      at = this.parseHeader(data, at, end, listener);
    }
  }

  private fail(code: string): void {
    if (this.error === '') this.error = code;
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
  private parseHeader(data: Uint8Array, from: number, end: number, listener: AnswerListener | null): number {
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
    if (listener && listener.headerNames.length > 0) tell(listener, data, from, nameEnd, at);
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
