/** Levels made by hand. */
import type { Level } from '../../../src/capacity/level.ts';

export function level(ratePerSecond: number, change: Partial<Level> = {}): Level {
  return {
    ratePerSecond,
    achieved: ratePerSecond,
    latencyUs: { p50: 800, p99: 1000, 'p99.9': 2000 },
    errors: 0,
    outcome: 'good',
    reasons: [],
    run: `run-${ratePerSecond}`,
    isRepeat: false,
    targetCores: 0.25,
    busiestThread: { name: 'api / main', share: 0.2 },
    generatorShare: 0.05,
    floorUs: 40,
    objectives: [{ expr: 'p99 < 20ms', quantile: 0.99, boundUs: 20_000, pass: true }],
    ...change,
  };
}
