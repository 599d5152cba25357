import { Script } from 'node:vm';
import type { ClockStamps } from '../wire.ts';
import { monotonicUs } from './clock.ts';

/** The first compiles the compiler's own way there; the tightest of them decides. */
const MARKS = 4;
let made = 0;

/**
 * Compiles a few empty scripts of names that occur nowhere else. V8's log notes when it did so, on a clock of its own; the stamps
 * around them are on the host's.
 *
 * @param thread tells threads of one run apart.
 */
export function markClock(thread: string): readonly ClockStamps[] {
  return Array.from({ length: MARKS }, () => {
    const mark = `slowpath-clock-${thread}-${made++}`;
    const beforeUs = monotonicUs();
    // The text is part of what V8 knows a script by: one it has seen already is not compiled again.
    new Script(`/*${mark}*/`, { filename: mark });
    return { mark, beforeUs, afterUs: monotonicUs() };
  });
}
