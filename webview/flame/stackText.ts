import type { FrameLabels } from '../model/messages.ts';
import type { FlameLayout } from './layout.ts';

/** Longer stacks are cut in the middle of their text: nobody reads them, and the clipboard is for people. */
const mostLines = 2000;

/** A box's stack as text, the innermost function first as debuggers print it: `at name (file:line)`. */
export function stackText(layout: FlameLayout, labels: FrameLabels, box: number, upwards: boolean): string {
  const lines: string[] = [];
  for (let at = box; at >= 0 && lines.length < mostLines; at = layout.parent[at] ?? -1) {
    const frame = layout.frame[at] ?? 0;
    const file = labels.file[frame] ?? null;
    const line = labels.line[frame] ?? 0;
    const where = file === null ? '' : ` (${line > 0 ? `${file}:${line}` : file})`;
    lines.push(`at ${labels.name[frame] ?? ''}${where}`);
  }
  // In a picture of callers the path runs from the callee outwards: the box itself is the outermost.
  return (upwards ? lines.reverse() : lines).join('\n');
}
