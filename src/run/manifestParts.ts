import * as z from 'zod/mini';

/** What several of the files that a run and its kin are kept in have in common. */
export const text = z.string().check(z.maxLength(1_000_000));
export const number = z.number();

/** Of a run, and of what stands in a folder among the runs: the folder's name. */
export const runName = z.string().check(z.regex(/^[\w.-]{1,200}$/));

/** ISO 8601. */
export const time = z.string().check(
  z.maxLength(40),
  z.refine((value) => !Number.isNaN(Date.parse(value)), { error: 'not a time' }),
);

export const host = z.object({
  os: text,
  kernel: text,
  cpuModel: text,
  cpuCount: number,
  memoryBytes: number,
  node: text,
  slowpath: text,
  fingerprint: text,
});
