/** Limits that resolving checks again once placeholders are filled in. */
export const limits = {
  readyTimeout: { leastUs: 1e3, mostUs: 3600e6 },
  requestTimeout: { leastUs: 1e3, mostUs: 3600e6 },
  warmup: { leastUs: 0 },
  duration: { leastUs: 100e3 },
  cpu: { leastUs: 50, mostUs: 1e6 },
  port: { least: 1, most: 65_535 },
  pid: { least: 1, most: 2 ** 31 - 1 },
  connections: 10_000,
  streams: 10_000,
  processes: 64,
} as const;
