/** Requests that are due while every connection is busy, in order. Columns in a ring that grows: no garbage per request. */
export class RequestQueue {
  private intended = new Float64Array(1024);
  private dispatched = new Float64Array(1024);
  private endpoint = new Int32Array(1024);
  private head = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(intendedUs: number, dispatchedUs: number, endpoint: number): void {
    if (this.count === this.intended.length) this.grow();
    const at = (this.head + this.count++) & (this.intended.length - 1);
    this.intended[at] = intendedUs;
    this.dispatched[at] = dispatchedUs;
    this.endpoint[at] = endpoint;
  }

  /** Of the oldest one; NaN if there is none. */
  get intendedUs(): number {
    return this.count > 0 ? (this.intended[this.head] ?? NaN) : NaN;
  }

  get dispatchedUs(): number {
    return this.dispatched[this.head] ?? NaN;
  }

  get nextEndpoint(): number {
    return this.endpoint[this.head] ?? 0;
  }

  shift(): void {
    this.head = (this.head + 1) & (this.intended.length - 1);
    this.count--;
  }

  private grow(): void {
    const size = this.intended.length * 2;
    const [intended, dispatched, endpoint] = [new Float64Array(size), new Float64Array(size), new Int32Array(size)];
    for (let i = 0; i < this.count; i++) {
      const from = (this.head + i) & (this.intended.length - 1);
      intended[i] = this.intended[from] ?? NaN;
      dispatched[i] = this.dispatched[from] ?? NaN;
      endpoint[i] = this.endpoint[from] ?? 0;
    }
    [this.intended, this.dispatched, this.endpoint, this.head] = [intended, dispatched, endpoint, 0];
  }
}
