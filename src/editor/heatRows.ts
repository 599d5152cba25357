import type { LineRow } from '../trace/analysis.ts';

/** Rows sent to the editor at most: nobody looks further down, and the host unpacks them on its own thread. */
export const mostFunctions = 1000;
export const mostLines = 5000;
export const mostCallers = 5;

export function hottestLines(lines: readonly LineRow[]): readonly LineRow[] {
  if (lines.length <= mostLines) return lines;
  const heat = (line: LineRow): number => Math.max(line.selfShare, line.tailShare ?? 0);
  return [...lines].sort((a, b) => heat(b) - heat(a)).slice(0, mostLines);
}
