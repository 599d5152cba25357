import * as vscode from 'vscode';
import type { FunctionChange, LineChange } from '../profile/queries/placedDiff.ts';
import type { Brushed } from '../trace/analysis.ts';
import type { FunctionCallers } from '../trace/functionCallers.ts';
import type { DiffReading, RunReading } from './analysisMessages.ts';
import type { AnalysisThread } from './analysisThread.ts';
import { DocumentDrift } from './documentDrift.ts';
import type { FileHeat, FileReading, HeatFile, HeatSource } from './heatSource.ts';
import { ContextKey } from './names.ts';
import { byFile, pathKey } from './rowsByFile.ts';

/** What one source file costs against a baseline, lines as they were when the run started. */
export interface FileDiff {
  readonly lines: readonly LineChange[];
  readonly functions: readonly FunctionChange[];
}

/** A run and the part of it that is looked at; null: the whole measured window. */
export interface ShownRun {
  readonly dir: string;
  readonly range: Brushed | null;
  /** Folder of the run whose difference is shown; null: the run's own heat. */
  readonly baseline: string | null;
}

/**
 * The run or the profile file whose heat is shown in the editors: one at a time. Which part of it counts follows what is brushed in
 * its report.
 */
export class HeatStore implements vscode.Disposable {
  private readonly analysis: AnalysisThread;
  private readonly changed = new vscode.EventEmitter<void>();
  private current: HeatSource | undefined;
  private files = new Map</* path key */ string, FileHeat>();
  private against: DiffReading | undefined;
  private diffs = new Map</* path key */ string, FileDiff>();
  /** Of the functions pointed at, asked once each for what is shown. */
  private readonly callers = new Map</* frame */ number, Promise<FunctionCallers | null>>();
  /** The newest request wins: answers to earlier ones are dropped. */
  private generation = 0;
  /** The profile file asked for last, as long as nothing else was. */
  private awaited: HeatFile | undefined;
  /** Where the lines stand now in documents that were edited since. */
  readonly drift = new DocumentDrift();
  readonly onDidChange = this.changed.event;

  constructor(analysis: AnalysisThread) {
    this.analysis = analysis;
  }

  /** What is shown, or undefined. */
  get source(): HeatSource | undefined {
    return this.current;
  }

  /** The run shown, or undefined. */
  get run(): RunReading | undefined {
    return this.current?.kind === 'run' ? this.current.reading : undefined;
  }

  /** The profile file shown, or undefined. */
  get file(): FileReading | undefined {
    return this.current?.kind === 'file' ? this.current.reading : undefined;
  }

  /** The run shown, in short; undefined if none is. */
  get shown(): ShownRun | undefined {
    return this.run && { dir: this.run.dir, range: this.run.range, baseline: this.against?.baseline.dir ?? null };
  }

  /** What is compared, or undefined: the run's own heat is shown. */
  get diff(): DiffReading | undefined {
    return this.against;
  }

  /** Follows what is brushed in a report of a run; where its difference to a baseline is shown, that stays what is shown. */
  async brush(dir: string, range: Brushed | null): Promise<void> {
    await this.show(dir, range, this.isComparing(dir) ? this.against?.baseline.dir : null);
  }

  /** Which part of a run is looked at, as far as it is the one that is shown. @param dir the run's folder */
  rangeOf(dir: string): Brushed | null {
    return this.run?.dir === dir ? this.run.range : null;
  }

  /** Whether it is a run's difference to its baseline that is shown. @param dir the run's folder */
  isComparing(dir: string): boolean {
    return this.against !== undefined && this.run?.dir === dir;
  }

  /** Whether anything was ever to be shown or cleared here. */
  get asked(): boolean {
    return this.generation > 0;
  }

  /**
   * Shows a run's heat; with a baseline, what a request costs more or less than in that one's whole measured window. Resolves
   * when it is there. A later call overtakes an earlier one.
   * @throws SlowpathError RUN_*, USAGE where the two have nothing to compare.
   */
  async show(dir: string, range: Brushed | null = null, baseline: string | null = null): Promise<void> {
    const generation = ++this.generation;
    this.awaited = undefined;
    const [reading, against] = await Promise.all([
      this.analysis.ask('readRun', { dir, range }),
      baseline === null ? undefined : this.analysis.ask('diffHeat', { dir, range, baseline }),
    ]);
    if (generation !== this.generation) return;
    const another = reading.dir !== this.run?.dir || against?.baseline.dir !== this.against?.baseline.dir;
    this.put({ kind: 'run', reading }, against);
    if (another) this.drift.restart(reading.startedAtMs, against?.baseline.startedAtMs);
    this.announce();
  }

  /** Shows a profile file's heat; resolves when it is there. A later call overtakes an earlier one. @throws SlowpathError FORMAT_*, CANCELLED */
  async showFile(file: HeatFile, range: Brushed | null): Promise<void> {
    const generation = ++this.generation;
    this.awaited = file;
    const reading = await file.heat(range);
    if (generation !== this.generation) return;
    const another = reading.uri !== this.file?.uri || reading.takenAtMs !== this.file.takenAtMs;
    this.put({ kind: 'file', reading, file }, undefined);
    if (another) this.drift.restart(reading.takenAtMs);
    this.announce();
  }

  /** A profile file was closed: its heat goes with it. */
  release(file: HeatFile): void {
    if (this.awaited === file) {
      this.awaited = undefined;
      // What is on its way comes too late.
      this.generation++;
    }
    if (this.current?.kind !== 'file' || this.current.file !== file) return;
    this.put(undefined, undefined);
    this.announce();
  }

  clear(): void {
    this.generation++;
    this.awaited = undefined;
    this.put(undefined, undefined);
    this.announce();
  }

  /** What is known of a document, or undefined. */
  heatOf(document: vscode.TextDocument): FileHeat | undefined {
    return document.uri.scheme === 'file' ? this.files.get(pathKey(document.uri.fsPath)) : undefined;
  }

  /** What has changed in a document against the baseline, or undefined. */
  diffOf(document: vscode.TextDocument): FileDiff | undefined {
    return document.uri.scheme === 'file' ? this.diffs.get(pathKey(document.uri.fsPath)) : undefined;
  }

  /** Who called a function of what is shown, in the part of it that is looked at. @throws SlowpathError RUN_*, FORMAT_* */
  callersOf(frame: number): Promise<FunctionCallers | null> {
    const { current } = this;
    if (!current) return Promise.resolve(null);
    const known = this.callers.get(frame);
    if (known) return known;
    const { range } = current.reading;
    const asked =
      current.kind === 'file'
        ? current.file.callers(range, frame)
        : this.analysis.ask('callers', { dir: current.reading.dir, range, frame });
    this.callers.set(frame, asked);
    // What failed is asked again the next time.
    asked.catch(() => this.callers.delete(frame));
    return asked;
  }

  /** Where a 1-based line of the run stands now, as far as its file is open and was followed. */
  currentLine(file: string, line: number): number {
    const open = openDocument(file);
    return (open && this.drift.currentLine(open, line)) ?? line;
  }

  /** Whether a file has changed since what is shown was measured, as far as it is open. */
  isStale(file: string): boolean {
    const open = openDocument(file);
    return open !== undefined && this.drift.isStale(open);
  }

  dispose(): void {
    this.generation++;
    this.drift.dispose();
    this.changed.dispose();
  }

  private put(source: HeatSource | undefined, against: DiffReading | undefined): void {
    this.current = source;
    this.files = byFile(source?.reading.lines ?? [], source?.reading.functions ?? []);
    this.against = against;
    this.diffs = byFile(against?.heat.lines ?? [], against?.heat.functions ?? []);
    this.callers.clear();
  }

  private announce(): void {
    void vscode.commands.executeCommand('setContext', ContextKey.hasHeat, this.current !== undefined);
    void vscode.commands.executeCommand('setContext', ContextKey.hasHeatDiff, this.against !== undefined);
    this.changed.fire();
  }
}

function openDocument(file: string): vscode.TextDocument | undefined {
  const key = pathKey(file);
  return vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && pathKey(uri.fsPath) === key);
}
