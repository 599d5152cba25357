/**
 * Numbers pairs of integers in the order in which they first come: what interns frames and stacks. An open-addressing
 * table in typed arrays: a Map of combined keys costs several times the time and memory, and ends at 2^24 entries.
 */
export class PairIndex {
  /** Pairs known; the next new one gets this number. */
  length = 0;
  private first = new Int32Array(1024);
  private second = new Int32Array(1024);
  /** Number of the pair in each place, -1 free; twice as many places as pairs at least. */
  private places = new Int32Array(2048).fill(-1);
  private shift = 32 - 11;
  // Random factors, so that no file can be made whose pairs all want the same place (multiply-shift hashing, Dietzfelbinger).
  private readonly firstFactor = randomOdd();
  private readonly secondFactor = randomOdd();

  /** The pair's number. Both are int32. */
  idOf(first: number, second: number): number {
    const { places } = this;
    const mask = places.length - 1;
    let place = this.placeOf(first, second);
    for (let id = places[place] ?? -1; id >= 0; id = places[place] ?? -1) {
      if (this.first[id] === first && this.second[id] === second) return id;
      place = (place + 1) & mask;
    }
    const id = this.length++;
    if (id === this.first.length) this.grow(id);
    this.first[id] = first;
    this.second[id] = second;
    if (this.places === places) places[place] = id;
    else this.settle(id);
    return id;
  }

  private placeOf(first: number, second: number): number {
    return (Math.imul(first, this.firstFactor) + Math.imul(second, this.secondFactor)) >>> this.shift;
  }

  private grow(known: number): void {
    this.first = doubled(this.first);
    this.second = doubled(this.second);
    this.places = new Int32Array(this.first.length * 2).fill(-1);
    this.shift--;
    for (let id = 0; id < known; id++) this.settle(id);
  }

  private settle(id: number): void {
    const mask = this.places.length - 1;
    let place = this.placeOf(this.first[id] ?? 0, this.second[id] ?? 0);
    while ((this.places[place] ?? -1) >= 0) place = (place + 1) & mask;
    this.places[place] = id;
  }
}

function doubled(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(column.length * 2);
  wider.set(column);
  return wider;
}

function randomOdd(): number {
  return Math.floor(Math.random() * 2 ** 32) | 1;
}
