/** One edit as the editor tells it: 0-based positions in the text before it, and what came in their place. */
export interface LineEdit {
  readonly startLine: number;
  readonly startCharacter: number;
  readonly endLine: number;
  readonly endCharacter: number;
  /** Line breaks in the new text. */
  readonly addedLines: number;
}

/**
 * Where a 1-based line stands after an edit; null if the edit removed it. Several edits of one event are applied one after
 * the other, in the order given (the editor orders them from the bottom up).
 */
export function lineAfter(line: number, edit: LineEdit): number | null {
  const row = line - 1;
  const delta = edit.addedLines - (edit.endLine - edit.startLine);
  if (row < edit.startLine) return line;
  if (row > edit.endLine) return line + delta;
  // The edit ends before the line's first character: it lies wholly above, the line's own text is untouched.
  if (row === edit.endLine && edit.endCharacter === 0 && edit.startCharacter === 0) return line + delta;
  return row === edit.startLine ? line : null;
}
