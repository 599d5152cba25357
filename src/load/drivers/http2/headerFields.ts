/** The decoder's word for a field's name: an index into the wanted names, or one of these. */
export const NameId = { other: -1, status: -2, wrongPseudo: -3 } as const;

/**
 * What was wanted of one head or trailer section: the status and the values of a few names. One object serves all heads of a
 * connection: it holds until the next one is decoded, and nothing is allocated before a value is asked for as text.
 */
export class HeaderFields {
  /** Three digits; 0 if there was none. */
  status = 0;
  /** RFC 9113 8.2 and 8.3 are broken: the stream cannot be used, the connection can. */
  malformed = false;
  /** By the count of RFC 9113 6.5.2; values that were passed over count as coded. */
  listBytes = 0;
  private readonly starts: Int32Array;
  private readonly ends: Int32Array;
  private bytes = Buffer.alloc(256);
  private used = 0;
  private sawRegular = false;

  /** @param names how many are wanted. */
  constructor(names: number) {
    this.starts = new Int32Array(names);
    this.ends = new Int32Array(names).fill(-1);
  }

  clear(): void {
    this.status = 0;
    this.malformed = false;
    this.listBytes = 0;
    this.used = 0;
    this.sawRegular = false;
    this.ends.fill(-1);
  }

  /** @returns the value of a wanted name, one char an octet; null if it was not there. Of several the first. */
  text(name: number): string | null {
    const end = this.ends[name] ?? -1;
    return end < 0 ? null : this.bytes.toString('latin1', this.starts[name], end);
  }

  /** @returns the value of a wanted name as a whole number; -1 if it was not there or is none below 10⁹. */
  integer(name: number): number {
    const start = this.starts[name] ?? 0;
    const end = this.ends[name] ?? -1;
    return end - start > 9 ? -1 : digits(this.bytes, start, end);
  }

  /** Notes a field's place: pseudo-headers come first, and only the status may be there (RFC 9113 8.3). */
  arrive(name: number): void {
    if (name >= NameId.other) this.sawRegular = true;
    else if (name === NameId.wrongPseudo || this.sawRegular || this.status !== 0) this.malformed = true;
  }

  setStatus(data: Uint8Array, from: number, to: number): void {
    const status = to - from === 3 ? digits(data, from, to) : -1;
    if (status < 100) this.malformed = true;
    else this.status = status;
  }

  /** Keeps a wanted value. */
  set(name: number, data: Uint8Array, from: number, to: number): void {
    if ((this.ends[name] ?? 0) >= 0) return;
    const end = this.used + to - from;
    if (end > this.bytes.length) {
      const wider = Buffer.alloc(end * 2);
      wider.set(this.bytes);
      this.bytes = wider;
    }
    this.starts[name] = this.used;
    for (let i = from, at = this.used; i < to; i++, at++) this.bytes[at] = data[i] ?? 0;
    this.ends[name] = end;
    this.used = end;
  }
}

/** @returns the number written in [from, to); -1 if that is empty or holds anything but digits. */
function digits(data: Uint8Array, from: number, to: number): number {
  if (to <= from) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = (data[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
