import * as vscode from 'vscode';
import { basename } from 'node:path';
import type { MessageToSend } from '../pieces.ts';
import { visible } from '../plan/visible.ts';
import type { Brushed } from '../trace/analysis.ts';
import type { FunctionCallers } from '../trace/functionCallers.ts';
import { readBytes } from './fileBytes.ts';
import { largestWholeBytes, profileReaderHeapMb, readingTimeMs } from './fileLimits.ts';
import { readProfileFile, type ReadFile } from './fileReader.ts';
import type { FileReading, HeatFile } from './heatSource.ts';
import { sourcePlaces, type SourcePlaces } from './sourcePlaces.ts';
import { unpackedSize } from './unpackedSize.ts';

/** How long a reader that nobody asks is kept with what it has read. */
const idleMs = 120_000;

/** The file as it was read once. */
interface Reading {
  readonly file: ReadFile;
  /** Aborts when the page it was read for has it. */
  readonly filled: AbortSignal;
  /** Ends the reader. */
  readonly end: AbortController;
  places: Promise<SourcePlaces> | undefined;
}

/**
 * A profile file that is open: what its pages show and what it costs in the code. Its reader lives while it is asked; after a
 * while without questions it ends, and is started again for the next one.
 */
export class ProfileFile implements HeatFile, vscode.Disposable {
  readonly uri: vscode.Uri;
  readonly title: string;
  private readonly closed = new AbortController();
  private current: Promise<Reading> | undefined;
  /** Chosen in a page; null: the file's own choice. */
  private sampleType: string | null = null;
  private idle: NodeJS.Timeout | undefined;

  constructor(uri: vscode.Uri) {
    this.uri = uri;
    this.title = visible(basename(uri.path));
  }

  /** The file read anew, for a page. @param over the page has it, or wants it no more @throws SlowpathError FORMAT_*, CANCELLED */
  async load(sampleType: string | null, over: AbortSignal): Promise<MessageToSend> {
    const reading = await this.read(sampleType, over);
    this.sampleType = sampleType;
    this.replace(Promise.resolve(reading));
    const { profile, types, remarks } = reading.file;
    // The same file is read anew for another sample type, and when its reader has ended.
    if (sampleType === null)
      for (const remark of remarks) void vscode.window.showWarningMessage(`${this.title}: ${visible(remark, 1000)}`);
    return { type: 'profile', title: this.title, profile, types };
  }

  /** What lines and functions of the workspace cost. @throws SlowpathError FORMAT_*, CANCELLED */
  heat(range: Brushed | null): Promise<FileReading> {
    return this.ask(async (reading) => {
      const [heat, places, { mtime }] = await Promise.all([
        reading.file.ask('heat', { range }),
        placesOf(reading),
        vscode.workspace.fs.stat(this.uri),
      ]);
      const guesses = [...places].filter(([, { isGuess }]) => isGuess);
      return {
        uri: this.uri,
        title: this.title,
        // Written when it was over: the times inside count from moments that nobody knows.
        takenAtMs: mtime - heat.durationUs / 1000,
        range,
        unit: heat.unit,
        functions: heat.functions.flatMap((row) => placed(row, places)),
        lines: heat.lines.flatMap((row) => placed(row, places)),
        guesses: new Map(guesses.map(([name, { path }]) => [path, name])),
      };
    });
  }

  /** Who called a function; nothing leads to files outside the workspace. @throws SlowpathError FORMAT_*, CANCELLED */
  callers(range: Brushed | null, frame: number): Promise<FunctionCallers | null> {
    return this.ask(async (reading) => {
      const [found, places] = await Promise.all([reading.file.ask('callers', { range, frame }), placesOf(reading)]);
      if (!found) return null;
      const callers = found.callers.map((row) => ({ ...row, file: places.get(row.file ?? '')?.path ?? null }));
      return { ...found, callers };
    });
  }

  /** Where a source file of the profile stands; as it is named if that is nowhere in the workspace. */
  placeOf(file: string): Promise<string> {
    return this.ask(async (reading) => (await placesOf(reading)).get(file)?.path ?? file);
  }

  dispose(): void {
    clearTimeout(this.idle);
    this.closed.abort();
  }

  private async ask<Answer>(question: (reading: Reading) => Promise<Answer>): Promise<Answer> {
    this.current ??= this.read(this.sampleType, AbortSignal.abort());
    const asked = this.current;
    this.endWhenIdle();
    try {
      return await question(await asked);
    } catch (error) {
      // A reader that is gone answers nothing more: the next question has another.
      if (this.current === asked) this.replace(undefined);
      throw error;
    }
  }

  private async read(sampleType: string | null, filled: AbortSignal): Promise<Reading> {
    const end = new AbortController();
    const giveUp = (): void => end.abort();
    filled.addEventListener('abort', giveUp);
    try {
      // One on disk is read where it stands: its reader tells what is too large. Any other must pass through this process.
      const { file, size } = await readBytes(this.uri, this.uri.scheme === 'file' ? Infinity : largestWholeBytes);
      const signal = AbortSignal.any([end.signal, this.closed.signal]);
      const timeoutMs = readingTimeMs(await unpackedSize(file, size));
      const options = { sampleType, signal, heapMb: profileReaderHeapMb, timeoutMs };
      return { file: await readProfileFile(file, options), filled, end, places: undefined };
    } finally {
      filled.removeEventListener('abort', giveUp);
    }
  }

  private replace(reading: Promise<Reading> | undefined): void {
    const before = this.current;
    this.current = reading;
    if (reading) this.endWhenIdle();
    // Another page of the same file may still be filled from it.
    void before?.then(
      ({ filled, end }) => (filled.aborted ? end.abort() : filled.addEventListener('abort', () => end.abort())),
      () => undefined,
    );
  }

  private endWhenIdle(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.replace(undefined), idleMs);
  }
}

function placesOf(reading: Reading): Promise<SourcePlaces> {
  return (reading.places ??= reading.file.ask('sources', {}).then(sourcePlaces));
}

/** The row at its place in the workspace, or nothing. */
function placed<Row extends { readonly file: string | null }>(row: Row, places: SourcePlaces): Row[] {
  const place = places.get(row.file ?? '');
  return place ? [{ ...row, file: place.path }] : [];
}
