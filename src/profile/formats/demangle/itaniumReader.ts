/** The symbol does not follow the grammar, or the part of it that is read here. */
export class Unreadable extends Error {}

/** Substitutions can double a name at each step: more than this is made to cost time. */
const mostSteps = 3000;
const mostDepth = 100;
const mostLength = 8192;

/** Walks over a mangled name. */
export class MangledText {
  protected at = 0;
  private readonly text: string;
  private steps = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  ahead(length: number): string {
    return this.text.slice(this.at, this.at + length);
  }

  skip(length: number): void {
    this.at += length;
  }

  ended(): boolean {
    return this.at === this.text.length;
  }

  fail(): never {
    throw new Unreadable(`at ${this.at}`);
  }

  protected eat(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  protected expect(expected: string): void {
    if (!this.eat(expected)) this.fail();
  }

  protected next(): string {
    return this.text[this.at++] ?? this.fail();
  }

  protected digits(): string {
    const digits = /^\d{1,6}/.exec(this.ahead(6))?.[0] ?? '';
    this.at += digits.length;
    return digits;
  }

  /** A name with its length in front. */
  protected sourceName(): string {
    const length = Number(this.digits());
    if (length === 0 || this.at + length > this.text.length) this.fail();
    const name = this.text.slice(this.at, this.at + length);
    this.at += length;
    return name.startsWith('_GLOBAL__N') ? '(anonymous namespace)' : name;
  }

  /** `_` is 0, `0_` is 1, and so on in this base (36: digits and capitals). */
  protected sequence(base: number): number {
    const digits = (base === 36 ? /^[0-9A-Z]{0,6}_/ : /^\d{0,6}_/).exec(this.ahead(7))?.[0] ?? this.fail();
    this.at += digits.length;
    return digits === '_' ? 0 : Number.parseInt(digits, base) + 1;
  }

  protected nested<T extends string | { readonly left: string }>(read: () => T): T {
    if (++this.steps > mostSteps || ++this.depth > mostDepth) this.fail();
    const result = read();
    if ((typeof result === 'string' ? result : result.left).length > mostLength) this.fail();
    this.depth--;
    return result;
  }
}
