/** What a request over a plain socket carries, and what its answer is asked for. */
export interface PayloadSource {
  /** What this request's answer must satisfy, besides what is asked of all. */
  readonly check?: AnswerCheck;
  /**
   * The next request's bytes. They are sent after this returns, so an array that was handed out is never changed; the same array
   * again means the same bytes, and whatever is made from it (frames) is made once.
   */
  next(): Uint8Array;
}

/** Whether the bytes [from, to) are the answer that the plan wants to what was sent. Pure; the array is reused after it returns. */
export type AnswerCheck = (data: Uint8Array, from: number, to: number, sent: Uint8Array) => boolean;

/** Whether anything is asked of any answer: only then its bytes are kept. */
export function asksAnything(options: {
  readonly echoCheck: boolean;
  readonly check?: AnswerCheck;
  readonly payloads: readonly PayloadSource[];
}): boolean {
  return options.echoCheck || options.check !== undefined || options.payloads.some(({ check }) => check !== undefined);
}

/** Whether [from, to) of `data` equals `expected`. Allocates nothing. */
export function isEqual(data: Uint8Array, from: number, to: number, expected: Uint8Array): boolean {
  if (to - from !== expected.length) return false;
  for (let i = 0; i < expected.length; i++) if (data[from + i] !== expected[i]) return false;
  return true;
}
