import type { Analysis } from '../trace/analysis.ts';
import type { Run } from '../run/model.ts';

/** A suggestion with its evidence. Evidence from the source alone is a hint; with a measured figure it is a suggestion. */
export interface Finding {
  /** Stable id, e.g. `NODE01`. */
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'info' | 'hint';
  /** One line naming the cause, with its figure. */
  readonly title: string;
  /** What it means and why the evidence says so: a few plain sentences. */
  readonly explanation: string;
  /** What to change. */
  readonly suggestion: string;
  /** Where: an absolute path and a 1-based line, or null for a finding about the run. */
  readonly file: string | null;
  readonly line: number | null;
  /** The measured figures that led here. Units stand in the names: `tailShare`, `stallMaxUs`. */
  readonly evidence: Readonly<Record<string, number | string | boolean>>;
  /** Share of the slow requests' time explained beyond the typical ones', 0…1; decides the order. */
  readonly score: number;
  /** Where the rule comes from: a document, a manual, a paper. */
  readonly source: string;
}

/** What a rule may look at. Pure: source text comes through `readSource`. */
export interface Evidence {
  readonly run: Run;
  readonly analysis: Analysis;
  /** Text of a source file of the workspace, or null if it can't be read. */
  readonly readSource: (file: string) => string | null;
}

export interface Rule {
  readonly id: string;
  /** What it looks for, in a few words. */
  readonly title: string;
  readonly source: string;
  /** Findings for this run; empty when the evidence is not there. */
  readonly find: (evidence: Evidence) => readonly Finding[];
}
