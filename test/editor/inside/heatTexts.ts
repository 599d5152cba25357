import * as vscode from 'vscode';
import { Command } from '../../../src/editor/names.ts';

/** `6 title` a lens of ours: its 1-based line and what it says. */
export async function lensesOf(document: vscode.TextDocument): Promise<string[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    document.uri,
  );
  return lenses
    .filter(({ command }) => command?.command === Command.revealInReport || command?.command === Command.openProfile)
    .map(({ range, command }) => `${range.start.line + 1} ${command?.title ?? ''}`);
}

/** What our hover says over a 1-based line; empty where it says nothing. */
export async function hoverAt(document: vscode.TextDocument, line: number): Promise<string> {
  const position = new vscode.Position(line - 1, 8);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  return hovers
    .flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value))
    .filter((text) => text.includes('Slowpath'))
    .join('\n');
}
