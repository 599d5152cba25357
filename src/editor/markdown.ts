import * as vscode from 'vscode';
import { visible } from '../plan/visible.ts';

/** Foreign text as Markdown that shows exactly its characters. */
export function escaped(text: string, limit = 200): string {
  return visible(text, limit).replace(/[\\`*_{}[\]()#+\-.!|<>~&$]/g, '\\$&');
}

/** Foreign text in a code span, which knows no escapes. */
export function codeSpan(text: string): string {
  return `\`${visible(text).replaceAll('`', "'")}\``;
}

/** A Markdown link that runs a command with arguments. */
export function commandLink(label: string, command: string, args: readonly unknown[]): string {
  return `[${label}](command:${command}?${encodeURIComponent(JSON.stringify(args))})`;
}

/** Markdown whose links may run the given commands and no others. */
export function trusted(text: string, commands: readonly string[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(text, true);
  markdown.isTrusted = { enabledCommands: commands };
  return markdown;
}
