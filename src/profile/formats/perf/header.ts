import { Int32Column } from '../../columns.ts';
import { tooLarge } from '../fields.ts';
import { ByteIds } from '../byteIds.ts';

const [tab, space, colon, dot] = [0x09, 0x20, 0x3a, 0x2e];

const mostEvents = 1000;

/** The process of a sample, as the first line of each names it. */
export interface PerfThread {
  /** 0 where only the thread is printed. */
  readonly pid: number;
  /** 0 where none is printed. */
  readonly tid: number;
  readonly name: string;
}

/**
 * A sample's first line: `comm pid/tid [cpu] seconds: period event:`, of which perf prints what `-F` asks for; a comm may hold
 * spaces. Read from its time, which nothing else in it looks like, to both sides. The figures stand in the fields after `read`.
 */
export class PerfHeader {
  /** Row of `threads`. */
  thread = 0;
  readonly threads: PerfThread[] = [];
  /** NaN where the line has no time. */
  timeUs = Number.NaN;
  /** 0 where it is not printed. */
  period = 0;
  /** Row of `events`, or -1 for a record that is no sample. */
  event = -1;
  /** The names of all events seen; cores of two kinds count the same one under two names. */
  readonly events: string[] = [];
  /** Where the text behind the event begins. */
  restAt = 0;
  private readonly threadIds = new ByteIds();
  private readonly eventIds = new ByteIds();
  private readonly eventOf = new Int32Column();
  private timeFrom = 0;
  private timeTo = 0;

  /** False if the line is no sample's. */
  read(buffer: Uint8Array, from: number, to: number): boolean {
    let start = from;
    while (start < to && isSpace(buffer[start])) start++;
    if (this.findTime(buffer, start, to)) {
      this.readThread(buffer, start, this.timeFrom);
      return this.readEvent(buffer, this.timeTo, to, true);
    }
    return this.readTimeless(buffer, start, to);
  }

  /** Whether this line is a sample's. The buffer holds its newline. */
  hasTime(buffer: Uint8Array, from: number): boolean {
    return this.findTime(buffer, from, buffer.indexOf(0x0a, from));
  }

  /** `882.074408:` or, with --ns, nine digits; a space behind, and a space or nothing in front. */
  private findTime(buffer: Uint8Array, from: number, to: number): boolean {
    for (let at = from; at < to; at++) {
      if (buffer[at] !== colon) continue;
      let digit = at - 1;
      while (digit >= from && isDigit(buffer[digit])) digit--;
      const fraction = at - 1 - digit;
      if (fraction < 3 || fraction > 9 || buffer[digit] !== dot) continue;
      const point = digit--;
      while (digit >= from && isDigit(buffer[digit])) digit--;
      const whole = point - 1 - digit;
      if (whole < 1 || whole > 10 || (digit >= from && !isSpace(buffer[digit]))) continue;
      if (at + 1 < to && !isSpace(buffer[at + 1])) continue;
      // The fraction by itself: seconds and nine digits together have more digits than a double.
      this.timeUs = number(buffer, digit + 1, point) * 1e6 + number(buffer, point + 1, at) * 10 ** (6 - fraction);
      this.timeFrom = digit + 1;
      this.timeTo = at + 1;
      return true;
    }
    return false;
  }

  /** `comm 12/34 [000]`, from behind; each part may be missing. */
  private readThread(buffer: Uint8Array, from: number, to: number): void {
    let end = skipBack(buffer, from, to);
    if (end > from && buffer[end - 1] === 0x5d) {
      let open = end - 1;
      while (open > from && buffer[open] !== 0x5b) open--;
      end = skipBack(buffer, from, open);
    }
    const known = this.threadIds.size;
    this.thread = this.threadIds.idOfRange(buffer, from, end);
    if (this.thread === known) this.threads.push(threadOf(new TextDecoder().decode(buffer.subarray(from, end))));
  }

  /** `2004008 cpu-clock:`, and perhaps more. */
  private readEvent(buffer: Uint8Array, from: number, to: number, known: boolean): boolean {
    let at = from;
    while (at < to && isSpace(buffer[at])) at++;
    const start = at;
    while (at < to && isDigit(buffer[at])) at++;
    this.period = 0;
    if (at > start && (at === to || isSpace(buffer[at]))) {
      this.period = number(buffer, start, at);
      while (at < to && isSpace(buffer[at])) at++;
    } else at = start;
    const name = at;
    while (at < to && !isSpace(buffer[at])) at++;
    const named = at > name && buffer[at - 1] === colon;
    if (!named && !known) return false;
    const count = this.eventIds.size;
    const id = this.eventIds.idOfRange(buffer, name, at);
    if (id === count) this.addEvent(new TextDecoder().decode(buffer.subarray(name, at)));
    this.event = this.eventOf.at(id);
    while (at < to && isSpace(buffer[at])) at++;
    this.restAt = at;
    return true;
  }

  private addEvent(text: string): void {
    const name = text.replace(/:$/, '').replace(/^cpu(?:_core|_atom)?\/(.*)\/(\w*)$/, '$1');
    let event = this.events.indexOf(name);
    if (text.startsWith('PERF_RECORD_')) event = -1;
    else if (event < 0) {
      if (this.events.length >= mostEvents) throw tooLarge(`more than ${mostEvents} events`);
      event = this.events.push(name) - 1;
    }
    this.eventOf.push(event);
  }

  /** Rare (`-F -time`): `comm 12/34 [000] 2004008 cpu-clock:`. */
  private readTimeless(buffer: Uint8Array, from: number, to: number): boolean {
    const line = new TextDecoder().decode(buffer.subarray(from, to));
    const [, thread, event] =
      /^(.*?(?:^|\s)-?\d+(?:\/-?\d+)?(?:\s+\[\d+\])?)\s+((?:\d+\s+)?[^\s:]\S*:)(?:\s|$)/.exec(line) ?? [];
    if (thread === undefined || event === undefined) return false;
    this.timeUs = Number.NaN;
    const threadBytes = new TextEncoder().encode(thread);
    this.readThread(buffer, from, from + threadBytes.length);
    const behind = line.slice(thread.length).length - line.slice(thread.length).trimStart().length;
    return this.readEvent(buffer, from + threadBytes.length + behind, to, false);
  }
}

function threadOf(text: string): PerfThread {
  const [, comm = text, pid, tid] = /^(.*?)\s*(?:(?<=^|\s)(-?\d+)(?:\/(-?\d+))?)?$/s.exec(text) ?? [];
  const name = comm.replace(/^:/, '').trim();
  if (pid === undefined) return { pid: 0, tid: 0, name: name === '' ? 'all threads' : name };
  const ids = tid === undefined ? { pid: 0, tid: Number(pid) } : { pid: Number(pid), tid: Number(tid) };
  return { ...ids, name: name === '' ? pid : name };
}

function skipBack(buffer: Uint8Array, from: number, to: number): number {
  let end = to;
  while (end > from && isSpace(buffer[end - 1])) end--;
  return end;
}

/** Digits only; beyond 2^53 it is no figure of perf but still finite. */
function number(buffer: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + ((buffer[at] ?? 0x30) - 0x30);
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

function isSpace(byte: number | undefined): boolean {
  return byte === space || byte === tab || byte === 0x0d;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
