import * as vscode from 'vscode';
import { lineAfter, type LineEdit } from './lineDrift.ts';
import { disposeAll, type Owned } from './owned.ts';

interface Drift {
  /** Edits since the text was last the one on disk, in order. */
  readonly edits: LineEdit[];
  /** The file on disk is newer than the run, or the document was dirty before the run was shown. */
  changedOnDisk: boolean;
  /** The file on disk is newer than the baseline that the run is compared with. */
  changedSinceBaseline: boolean;
}

/**
 * Follows the documents that are open while a run's heat is shown: a line keeps its heat when lines are added above it, and
 * everyone can see that the text is no longer the one that ran.
 */
export class DocumentDrift implements vscode.Disposable {
  private readonly drifts = new Map</* uri */ string, Drift>();
  private readonly changed = new vscode.EventEmitter<vscode.TextDocument>();
  private readonly subscriptions: readonly Owned[];
  private runStartedAtMs = Infinity;
  private baselineStartedAtMs = Infinity;
  readonly onDidChange = this.changed.event;

  constructor() {
    this.subscriptions = [
      this.changed,
      vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)),
      vscode.workspace.onDidOpenTextDocument((document) => this.checkDisk(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.drifts.delete(document.uri.toString())),
    ];
  }

  /**
   * Another run is shown, which started at this moment (ms since 1970): lines are counted from the text of then. With a
   * baseline, when that started.
   */
  restart(runStartedAtMs: number, baselineStartedAtMs = Infinity): void {
    this.drifts.clear();
    this.baselineStartedAtMs = baselineStartedAtMs;
    this.runStartedAtMs = runStartedAtMs;
    for (const document of vscode.workspace.textDocuments) {
      // What was typed before the run but not saved did not run; where it moved the lines is not known.
      if (document.isDirty) this.of(document).changedOnDisk = true;
      this.checkDisk(document);
    }
  }

  /** Whether the text differs from the one that ran. */
  isStale(document: vscode.TextDocument): boolean {
    const drift = this.drifts.get(document.uri.toString());
    return document.isDirty || drift?.changedOnDisk === true || (drift?.edits.length ?? 0) > 0;
  }

  /** Whether the file was written after the baseline started: an older text was measured then. */
  isNewerThanBaseline(document: vscode.TextDocument): boolean {
    return this.drifts.get(document.uri.toString())?.changedSinceBaseline === true;
  }

  /** Where a 1-based line of the run stands now; null if it is gone. */
  currentLine(document: vscode.TextDocument, line: number): number | null {
    let current: number | null = line;
    for (const edit of this.drifts.get(document.uri.toString())?.edits ?? []) {
      if (current === null) return null;
      current = lineAfter(current, edit);
    }
    return current !== null && current <= document.lineCount ? current : null;
  }

  dispose(): void {
    disposeAll(this.subscriptions);
  }

  private of(document: vscode.TextDocument): Drift {
    const key = document.uri.toString();
    const drift = this.drifts.get(key) ?? { edits: [], changedOnDisk: false, changedSinceBaseline: false };
    this.drifts.set(key, drift);
    return drift;
  }

  private edited(event: vscode.TextDocumentChangeEvent): void {
    if (event.document.uri.scheme !== 'file' || this.runStartedAtMs === Infinity) return;
    const drift = this.of(event.document);
    for (const change of event.contentChanges) {
      drift.edits.push({
        startLine: change.range.start.line,
        startCharacter: change.range.start.character,
        endLine: change.range.end.line,
        endCharacter: change.range.end.character,
        addedLines: change.text.split('\n').length - 1,
      });
    }
    this.changed.fire(event.document);
    // Saved, or undone down to the text on disk. The flag and the text arrive in either order.
    if (!event.document.isDirty) this.checkDisk(event.document);
  }

  private checkDisk(document: vscode.TextDocument): void {
    if (document.uri.scheme !== 'file' || this.runStartedAtMs === Infinity) return;
    // A file that is gone is simply no longer followed.
    void this.compareWithDisk(document, this.runStartedAtMs).catch(() => undefined);
  }

  private async compareWithDisk(document: vscode.TextDocument, startedAtMs: number): Promise<void> {
    const { mtime } = await vscode.workspace.fs.stat(document.uri);
    const drift = this.of(document);
    if (startedAtMs === this.runStartedAtMs) drift.changedSinceBaseline = mtime > this.baselineStartedAtMs;
    if (mtime > startedAtMs) {
      if (startedAtMs === this.runStartedAtMs) drift.changedOnDisk = true;
    } else if (drift.edits.length > 0 && !drift.changedOnDisk) {
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(document.uri));
      // The text that ran, untouched: every line stands where it stood.
      if (startedAtMs === this.runStartedAtMs && document.getText() === text) drift.edits.length = 0;
    }
    this.changed.fire(document);
  }
}
