import { shapes, type Shape } from '../plan/matrix.ts';
import { limits } from '../plan/schemaLimits.ts';
import { nearest } from '../plan/suggest.ts';
import { quoted } from '../plan/visible.ts';
import { usage } from './usage.ts';

/** `single,soak`; @throws SlowpathError USAGE */
export function shapeList(text: string): Shape[] {
  return text.split(',').map((word) => {
    const shape = shapes.find((each) => each === word.trim());
    if (shape !== undefined) return shape;
    const near = nearest(word, shapes);
    throw usage(
      `there is no shape ${quoted(word)}; ${near === null ? `write some of ${shapes.join(',')}` : `did you mean ${near}?`}`,
    );
  });
}

/** `plan,4,16`; null is the plan's own load. @throws SlowpathError USAGE */
export function clientList(text: string): (number | null)[] {
  return text.split(',').map((word) => {
    if (word.trim() === 'plan') return null;
    const count = /^\s*\d{1,9}\s*$/.test(word) ? Number(word) : NaN;
    if (count >= 1 && count <= limits.connections) return count;
    throw usage(`${quoted(word)} is no number of clients; write "plan" or 1 to ${limits.connections}`);
  });
}
