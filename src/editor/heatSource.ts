import type * as vscode from 'vscode';
import type { ProfileUnit } from '../profile/tables.ts';
import type { Brushed, FunctionRow, LineRow } from '../trace/analysis.ts';
import type { FunctionCallers } from '../trace/functionCallers.ts';
import type { RunReading } from './analysisMessages.ts';

/** What one source file costs, lines as they were when the run started. */
export interface FileHeat {
  readonly lines: readonly LineRow[];
  readonly functions: readonly FunctionRow[];
}

/** A profile file whose heat can be shown. */
export interface HeatFile {
  readonly uri: vscode.Uri;
  /** @throws SlowpathError FORMAT_*, CANCELLED when it was closed. */
  heat(range: Brushed | null): Promise<FileReading>;
  /** @throws SlowpathError as heat. */
  callers(range: Brushed | null, frame: number): Promise<FunctionCallers | null>;
}

/** What the editor shows of a profile file: only rows of files in the workspace, by their place in it. */
export interface FileReading extends FileHeat {
  readonly uri: vscode.Uri;
  readonly title: string;
  /** Wall clock, ms since 1970, by the time of the file: source files newer than this have changed since. */
  readonly takenAtMs: number;
  readonly range: Brushed | null;
  /** What times are counted in, as in every profile. */
  readonly unit: ProfileUnit;
  /** Files that the profile names by another path, which ends like theirs. */
  readonly guesses: ReadonlyMap</* file */ string, /* path in the profile */ string>;
}

/** What times are counted in. */
export function unitOf(source: HeatSource): ProfileUnit {
  return source.kind === 'file' ? source.reading.unit : 'us';
}

/** What is shown: a run, or a profile file on its own. */
export type HeatSource =
  | { readonly kind: 'run'; readonly reading: RunReading }
  | { readonly kind: 'file'; readonly reading: FileReading; readonly file: HeatFile };
