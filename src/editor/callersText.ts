import * as vscode from 'vscode';
import { basename, isAbsolute } from 'node:path';
import { formatShare } from '../plan/units.ts';
import { formatAmount } from '../profile/amount.ts';
import type { ProfileUnit } from '../profile/tables.ts';
import type { CallerRow, FunctionCallers } from '../trace/functionCallers.ts';
import { commandLink, escaped } from './markdown.ts';
import { Command } from './names.ts';

/** Where a line of the run stands now. */
type CurrentLine = (file: string, line: number) => number;

/** Markdown: who called a function, greatest first; a name leads to its source line where that is a file. */
export function callersText({ callers, others }: FunctionCallers, unit: ProfileUnit, currentLine: CurrentLine): string {
  const rows = callers.map((caller) => `- ${formatShare(caller.share)} ${callerName(caller, unit, currentLine)}`);
  const rest =
    others.count === 0
      ? []
      : [`- ${vscode.l10n.t('{0} through {1} others', formatShare(others.share), String(others.count))}`];
  return [vscode.l10n.t('Called by, of its total:'), '', ...rows, ...rest].join('\n');
}

function callerName({ name, file, line, us }: CallerRow, unit: ProfileUnit, currentLine: CurrentLine): string {
  const time = formatAmount(us, unit);
  if (name === null) return `${vscode.l10n.t('nothing above it on the stack')} · ${time}`;
  if (file === null || line === 0) return `${escaped(name, 80)} · ${time}`;
  const isFile = isAbsolute(file);
  const current = isFile ? currentLine(file, line) : line;
  const place = `${escaped(basename(file), 80)}:${current}`;
  const label = name === '' || name === '(anonymous)' ? place : escaped(name, 80);
  const shown = isFile ? commandLink(label, Command.openSource, [file, current]) : label;
  return [shown, ...(label === place ? [] : [place]), time].join(' · ');
}
