/** Hears what the plan wants to look at of an answer; names in lower case. */
export interface AnswerListener {
  readonly looksAtBody: boolean;
  readonly headerNames: readonly string[];
  header(name: string, value: string): void;
  body(data: Uint8Array, from: number, to: number): void;
}
