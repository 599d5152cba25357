/** What the suite inside the extension host runs with: tests by name, waiting for a state, the extension's own answers. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { SlowpathApi } from '../../../src/extension.ts';

export interface Outcome {
  readonly name: string;
  readonly error: string | null;
  readonly ms: number;
}

interface Test {
  readonly name: string;
  readonly work: () => Promise<void>;
}

/** No test takes so long, but one that hangs: it shall fail by its name before the whole suite's time is over. */
export const testMs = 180_000;

const tests: Test[] = [];

/** Declares a test; all run one after the other, in the order of declaration. */
export function test(name: string, work: () => Promise<void>): void {
  tests.push({ name, work });
}

/** Runs what was declared and writes the outcomes to a file; the host's exit code says whether all passed. */
export async function runAll(resultFile: string): Promise<void> {
  const outcomes: Outcome[] = [];
  const only = (process.env['SLOWPATH_ONLY'] ?? '').split('|');
  for (const { name, work } of tests.filter((each) => only.some((part) => each.name.includes(part)))) {
    const started = performance.now();
    let error: string | null = null;
    try {
      await within(testMs, work());
    } catch (thrown) {
      error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    }
    outcomes.push({ name, error, ms: performance.now() - started });
    writeFileSync(resultFile, JSON.stringify(outcomes));
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Polls until a value is there: for what another process or the workbench does in its own time. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  ms = 45_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function slowpath(): Promise<SlowpathApi> {
  const extension = vscode.extensions.getExtension<SlowpathApi>('slowpath.slowpath');
  assert.ok(extension, 'the extension is not installed');
  return extension.activate();
}

/** The workspace the suite runs in: a copy of test/fixtures/services/editor. */
export function workspacePath(...names: string[]): string {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no folder is open');
  return join(folder.uri.fsPath, ...names);
}

export async function open(name: string): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(workspacePath(name)));
  return vscode.window.showTextDocument(document, vscode.ViewColumn.One);
}

export async function setting(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('slowpath').update(name, value, vscode.ConfigurationTarget.Global);
}

/** Titles of the open tabs, with their kinds. */
export function tabs(): { label: string; viewType: string | null }[] {
  return vscode.window.tabGroups.all.flatMap((group) =>
    group.tabs.map(({ label, input }) => ({
      label,
      viewType:
        input instanceof vscode.TabInputWebview || input instanceof vscode.TabInputCustom ? input.viewType : null,
    })),
  );
}

/** The middle third of a run's measured window. */
export async function middleOf(dir: string): Promise<{ startUs: number; endUs: number }> {
  const { window } = JSON.parse(
    new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.file(`${dir}/run.json`))),
  ) as {
    window: { startUs: number; endUs: number };
  };
  const third = (window.endUs - window.startUs) / 3;
  return { startUs: window.startUs + third, endUs: window.endUs - third };
}
