import type { ProfileUnit } from '../tables.ts';

/** What a value of a file is worth in the tables. */
export interface UnitScale {
  readonly unit: ProfileUnit;
  /** Multiply by it. */
  readonly factor: number;
}

/** Units by the names that pprof's own tool knows (google/pprof, internal/measurement), in small letters without the plural. */
const scales: Readonly<Record<string, readonly [ProfileUnit, number]>> = {
  n: ['us', 1e-3],
  ns: ['us', 1e-3],
  nanosecond: ['us', 1e-3],
  u: ['us', 1],
  us: ['us', 1],
  µs: ['us', 1],
  microsecond: ['us', 1],
  m: ['us', 1e3],
  ms: ['us', 1e3],
  millisecond: ['us', 1e3],
  s: ['us', 1e6],
  sec: ['us', 1e6],
  second: ['us', 1e6],
  minute: ['us', 60e6],
  hour: ['us', 3600e6],
  hr: ['us', 3600e6],
  b: ['bytes', 1],
  byte: ['bytes', 1],
  kb: ['bytes', 1024],
  kbyte: ['bytes', 1024],
  kilobyte: ['bytes', 1024],
  mb: ['bytes', 1024 ** 2],
  mbyte: ['bytes', 1024 ** 2],
  megabyte: ['bytes', 1024 ** 2],
  gb: ['bytes', 1024 ** 3],
  gbyte: ['bytes', 1024 ** 3],
  gigabyte: ['bytes', 1024 ** 3],
};

/** What a unit's name in a file means; anything but time and memory is counted. */
export function unitScale(name: string): UnitScale {
  const small = name.toLowerCase();
  const singular = small.length > 2 && small.endsWith('s') ? small.slice(0, -1) : small;
  const [unit, factor] = (Object.hasOwn(scales, singular) ? scales[singular] : undefined) ?? ['count', 1];
  return { unit, factor };
}
