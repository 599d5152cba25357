import * as vscode from 'vscode';

/** Lines and functions by the file they stand in; rows without a place are left out. */
export function byFile<
  Line extends { readonly file: string },
  Row extends { readonly file: string | null; readonly line: number },
>(lines: readonly Line[], functions: readonly Row[]): Map<string, { lines: Line[]; functions: Row[] }> {
  const files = new Map<string, { lines: Line[]; functions: Row[] }>();
  const of = (file: string): { lines: Line[]; functions: Row[] } => {
    const key = pathKey(file);
    const found = files.get(key) ?? { lines: [], functions: [] };
    files.set(key, found);
    return found;
  };
  for (const line of lines) of(line.file).lines.push(line);
  for (const row of functions) if (row.file !== null && row.line > 0) of(row.file).functions.push(row);
  return files;
}

/** What a file is known by: Windows' file system does not tell `C:\a` from `c:\A`. */
export function pathKey(file: string): string {
  return process.platform === 'win32' ? vscode.Uri.file(file).fsPath.toLowerCase() : file;
}
