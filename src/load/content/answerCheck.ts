import type { AnswerCheck } from '../../plan/scenario.ts';

/** Of an answer's body, as much is looked at. */
const longestBody = 1024 * 1024;

/**
 * Whether an answer is what the plan asks for. One for each lane, used again for each of its requests: `start`, then what the answer
 * brings, then `isGood`. Nothing is kept that the plan doesn't look at.
 */
export class AnswerChecker {
  /** Whether `body` is to be told. */
  readonly looksAtBody: boolean;
  /** Names of the headers that are to be told, in lower case. */
  readonly headerNames: readonly string[];
  private readonly check: AnswerCheck;
  private readonly pattern: RegExp | null;
  private readonly wanted: readonly (readonly [name: string, value: string])[];
  private readonly pieces: Buffer[] = [];
  private length = 0;
  private readonly seen = new Set<string>();

  constructor(check: AnswerCheck) {
    this.check = check;
    this.pattern = check.bodyMatches === null ? null : new RegExp(check.bodyMatches, 'u');
    this.wanted = Object.entries(check.headers).map(([name, value]) => [name.toLowerCase(), value]);
    this.headerNames = this.wanted.map(([name]) => name);
    this.looksAtBody = check.bodyHolds !== null || this.pattern !== null || check.echo;
  }

  start(): void {
    this.pieces.length = 0;
    this.length = 0;
    this.seen.clear();
  }

  /** @param name in lower case. */
  header(name: string, value: string): void {
    if (this.wanted.some(([wantedName, wantedValue]) => wantedName === name && wantedValue === value))
      this.seen.add(name);
  }

  /** Copies the bytes: the buffer is the caller's. */
  body(data: Uint8Array, from: number, to: number): void {
    const end = Math.min(to, from + longestBody - this.length);
    if (end <= from) return;
    this.pieces.push(Buffer.from(data.subarray(from, end)));
    this.length += end - from;
  }

  /** @param isGoodStatus what the protocol itself calls good. @param sent the request's body, for an echo. */
  isGood(status: number, isGoodStatus: boolean, sent: Uint8Array | null): boolean {
    const { check } = this;
    if (check.status === null ? !isGoodStatus : !check.status.includes(status)) return false;
    if (this.seen.size < this.headerNames.length) return false;
    if (!this.looksAtBody) return true;
    const body = Buffer.concat(this.pieces);
    if (check.echo && (sent === null || !body.equals(sent))) return false;
    if (check.bodyHolds === null && this.pattern === null) return true;
    const text = body.toString('utf8');
    return (check.bodyHolds === null || text.includes(check.bodyHolds)) && (this.pattern?.test(text) ?? true);
  }
}
