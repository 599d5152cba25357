import fc from 'fast-check';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import { FrameKind, type Profile } from '../../../src/profile/tables.ts';

export interface PlainSample {
  readonly thread: number;
  /** Function names from the root down. */
  readonly path: readonly string[];
  /** µs since the sample before it on the thread. */
  readonly gapUs: number;
  readonly weightUs: number;
  /** Line that was running, 0 for none. */
  readonly line: number;
}

/** Samples as plain objects, small enough to recur and to collide. */
export const plainSamples = fc.array(
  fc.record({
    thread: fc.integer({ min: 0, max: 2 }),
    path: fc.array(fc.constantFrom('a', 'b', 'c', '(idle)'), { minLength: 1, maxLength: 6 }),
    gapUs: fc.integer({ min: 0, max: 20 }),
    weightUs: fc.integer({ min: 0, max: 50 }),
    line: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 40 },
);

/** Disjoint windows in order. */
export const windowsArbitrary = fc
  .array(fc.record({ gap: fc.integer({ min: 0, max: 60 }), length: fc.integer({ min: 1, max: 80 }) }), { maxLength: 6 })
  .map((steps) => {
    const windows: number[] = [];
    let now = 0;
    for (const { gap, length } of steps) {
      windows.push(now + gap, now + gap + length);
      now += gap + length;
    }
    return Float64Array.from(windows);
  });

/** The same samples as tables: each function in a file of its own name, starting at line 1; `(idle)` as V8's own. */
export function buildProfile(samples: readonly PlainSample[]): Profile {
  const builder = new ProfileBuilder();
  for (const tid of [0, 1, 2]) builder.thread({ pid: 1, tid, name: `t${tid}`, target: 'api' });
  const now = [0, 0, 0];
  let endUs = 0;
  for (const { thread, path, gapUs, weightUs, line } of samples) {
    let stack = -1;
    for (const name of path) {
      const frame =
        name === '(idle)' ? builder.frame(name, '', 0, 0, FrameKind.idle) : builder.frame(name, `/${name}.js`, 1, 1);
      stack = builder.stack(stack, frame);
    }
    if (line > 0) builder.ticks(stack, line, 1);
    const start = (now[thread] ?? 0) + gapUs;
    builder.sample(start, weightUs, stack, thread);
    now[thread] = start + weightUs;
    endUs = Math.max(endUs, start + weightUs);
  }
  return builder.build({ intervalUs: 1000, startUs: 0, endUs });
}

/** µs of [start, end) in the windows, by looking at each; null: the windows don't touch it. */
export function overlapSlowly(windows: Float64Array, start: number, end: number): number {
  let inside = 0;
  for (let at = 0; at < windows.length; at += 2) {
    inside += Math.max(0, Math.min(end, windows[at + 1] ?? 0) - Math.max(start, windows[at] ?? 0));
  }
  return inside;
}

export interface TimedSample extends PlainSample {
  readonly startUs: number;
  readonly endUs: number;
}

export function timed(samples: readonly PlainSample[]): TimedSample[] {
  const now = [0, 0, 0];
  return samples.map((sample) => {
    const startUs = (now[sample.thread] ?? 0) + sample.gapUs;
    now[sample.thread] = startUs + sample.weightUs;
    return { ...sample, startUs, endUs: startUs + sample.weightUs };
  });
}

export function near(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
}
