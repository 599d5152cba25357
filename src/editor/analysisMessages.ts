/**
 * What the extension host asks its worker thread (architecture, law 5): everything that reads runs, profiles and plans. The
 * host itself only draws. Answers are small, but for packed runs, which are transferred.
 */
import type { ErrorCode } from '../errors.ts';
import type { Finding } from '../advice/finding.ts';
import type { ExportFormat, ExportView } from '../report/exportFormats.ts';
import type { CapacityRecord } from '../capacity/record.ts';
import type { Knee } from '../capacity/search.ts';
import type { ResultPage } from '../report/resultPage.ts';
import type { Manifest } from '../run/model.ts';
import type { HeatDiff } from '../trace/compareRuns.ts';
import type { Brushed, FunctionRow, LineRow } from '../trace/analysis.ts';
import type { FunctionCallers } from '../trace/functionCallers.ts';

/** One name an operation: what it is given, what it answers. */
export interface AnalysisOperations {
  listRuns: { args: { runsDirs: readonly string[] }; answer: RunItem[] };
  listResults: { args: { runsDirs: readonly string[] }; answer: ResultItem[] };
  /** null: the folder holds a run. */
  readResult: { args: { dir: string }; answer: ResultPage | null };
  readRun: { args: { dir: string; range: Brushed | null }; answer: RunReading };
  /** Who called a function of a run (FunctionRow.frame) in a stretch of time; null: nobody knows. */
  callers: { args: { dir: string; range: Brushed | null; frame: number }; answer: FunctionCallers | null };
  /** What the lines of a run cost in a stretch of time against the whole of a baseline. */
  diffHeat: { args: { dir: string; range: Brushed | null; baseline: string }; answer: DiffReading };
  /** `timedTitle`: what tells it from other runs of its scenario. */
  packRun: { args: { dir: string }; answer: { title: string; timedTitle: string; run: ArrayBuffer } };
  /** Whether a source file stands in the run's own frames or findings: only those open outside the workspace. */
  knowsFile: { args: { dir: string; file: string }; answer: boolean };
  checkHlog: { args: FileBytes; answer: string };
  saveHtml: { args: { dir: string; baseline: string | null; file: string; pageDirectory: string }; answer: null };
  exportRun: { args: { dir: string; format: ExportFormat; view: ExportView; file: string }; answer: null };
  readPlan: { args: { text: string }; answer: PlanReading };
  planText: { args: { folder: string }; answer: { text: string; candidates: number } };
  findProcesses: { args: Record<string, never>; answer: ProcessItem[] };
  attachPlan: { args: AttachRequest; answer: string };
}

export type AnalysisOperation = keyof AnalysisOperations;

export interface AnalysisRequest {
  readonly id: number;
  readonly operation: AnalysisOperation;
  readonly args: AnalysisOperations[AnalysisOperation]['args'];
}

export type AnalysisAnswer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** A file on disk, or its bytes where it is on none (a virtual workspace). */
export type FileBytes = { readonly path: string } | { readonly name: string; readonly bytes: Uint8Array };

/** One run for the tree. A folder that does not open stands there with the reason. */
export interface RunItem {
  readonly dir: string;
  readonly id: string;
  /** Name of the folder the plan stands in. */
  readonly workspace: string;
  readonly manifest: Pick<Manifest, 'state' | 'error' | 'startedAt' | 'verdict' | 'summary'> & {
    readonly scenario: string;
  };
  readonly error: string | null;
}

/** What came of several runs, or of none, for the tree. */
export interface ResultItem {
  readonly dir: string;
  readonly id: string;
  readonly workspace: string;
  readonly startedAt: string;
  /** null where it does not open. */
  readonly result:
    | (Pick<CapacityRecord, 'scenario' | 'planFile' | 'ended'> & {
        readonly kind: 'capacity';
        readonly knee: Knee | null;
        /** Folders of its levels' runs, in the order they were measured. */
        readonly runs: readonly string[];
      })
    | {
        readonly kind: 'matrix';
        readonly scenario: string;
        readonly planFile: string;
        readonly ended: CapacityRecord['ended'];
        readonly bad: number;
        /** Folders of its shapes' runs, in the order they were measured. */
        readonly runs: readonly string[];
      }
    | { readonly kind: 'doctor'; readonly valid: boolean; readonly p99BudgetUs: number | null }
    | null;
  readonly error: string | null;
}

/** What the editor shows of a run in a stretch of time. */
export interface RunReading {
  readonly dir: string;
  readonly id: string;
  readonly scenario: string;
  /** Where the plan stands; its parent plan file is run again from here. */
  readonly workspaceFolder: string;
  /** Wall clock, ms since 1970: source files newer than this have changed since. */
  readonly startedAtMs: number;
  readonly range: Brushed | null;
  /** Of the slow requests, e.g. 0.99; null without a tail. */
  readonly tailQuantile: number | null;
  readonly functions: readonly FunctionRow[];
  readonly lines: readonly LineRow[];
  readonly findings: readonly Finding[];
  /** Paths of profiles of something else than CPU time. */
  readonly otherProfiles: readonly string[];
}

/** A run's lines against a baseline's, and which that is, by its scenario and time. */
export interface DiffReading {
  readonly baseline: { readonly dir: string; readonly title: string; readonly startedAtMs: number };
  readonly heat: HeatDiff;
}

export interface PlanReading {
  /** Names with the 1-based line they stand on; as many as can be told from a plan with errors. */
  readonly scenarios: readonly { readonly name: string; readonly line: number }[];
  /** 1-based positions. */
  readonly problems: readonly {
    readonly line: number;
    readonly column: number;
    readonly endLine: number;
    readonly endColumn: number;
    readonly message: string;
  }[];
}

export interface ProcessItem {
  readonly pid: number;
  /** Its command line and where it listens. */
  readonly label: string;
  readonly port: number | null;
}

export interface AttachRequest {
  readonly via: { readonly pid: number } | { readonly inspector: string };
  /** Base address and path of the load. */
  readonly url: string;
  readonly ratePerSecond: number;
}
