import type { FrameLabels } from '../model/messages.ts';

/**
 * One flag a frame: its name or file contains the text, upper and lower case alike. All words must occur. Null for an
 * empty search.
 */
export function matchingFrames(labels: FrameLabels, text: string): Uint8Array | null {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return null;
  const matches = new Uint8Array(labels.name.length);
  for (let frame = 0; frame < matches.length; frame++) {
    const where = `${labels.name[frame] ?? ''} ${labels.file[frame] ?? ''}:${labels.line[frame] ?? 0}`.toLowerCase();
    if (words.every((word) => where.includes(word))) matches[frame] = 1;
  }
  return matches;
}
