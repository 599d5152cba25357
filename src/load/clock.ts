/**
 * Microseconds on the host's monotonic clock (architecture, law 3), as a double and without allocating: `performance.now()`
 * reads the same clock as `hrtime`, from a different zero. The distance of the two zeros is constant; it is taken from the
 * closest of several bracketed readings, so that it is known to a fraction of a microsecond.
 */
const zeroUs = findZero();

export function nowUs(): number {
  return zeroUs + performance.now() * 1000;
}

/** A `performance` time stamp of this thread (e.g. of an observer's entry), in ms, on the monotonic clock in µs. */
export function fromPerformanceMs(ms: number): number {
  return zeroUs + ms * 1000;
}

const nothing = new Int32Array(new SharedArrayBuffer(4));

/** The thread sleeps, its event loop with it; it wakes some 60 µs late (the kernel's timer slack). @returns true. */
export function standStill(us: number): true {
  Atomics.wait(nothing, 0, 0, us / 1000);
  return true;
}

function findZero(): number {
  let zero = 0;
  let narrowest = Infinity;
  for (let i = 0; i < 20; i++) {
    const before = process.hrtime.bigint();
    const relative = performance.now();
    const after = process.hrtime.bigint();
    const width = Number(after - before);
    if (width < narrowest) {
      narrowest = width;
      zero = Number(before) / 1000 + width / 2000 - relative * 1000;
    }
  }
  return zero;
}
