import * as vscode from 'vscode';
import { basename } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { visible } from '../plan/visible.ts';
import type { MessageToSend } from '../pieces.ts';
import type { FileBytes } from './analysisMessages.ts';
import { AnalysisThread } from './analysisThread.ts';
import { largestWholeBytes, logReaderHeapMb, profileReaderHeapMb, readingTimeMs } from './fileLimits.ts';
import { readProfileFile } from './fileReader.ts';
import { PanelType } from './names.ts';
import { guarded } from './notify.ts';
import { openSource } from './openSource.ts';
import { disposeAll, type Owned } from './owned.ts';
import { Page } from './page.ts';
import type { PageMessage } from './pageMessages.ts';

interface FileDocument extends vscode.CustomDocument {
  readonly uri: vscode.Uri;
}

/**
 * Profiles of any known format, `.hlog` and `.hgrm` files in the report page. Only looked at, never run: works in untrusted workspaces too. Each
 * profile is read by a process of its own, so that a large one leaves this one's memory alone and a hostile one harms nothing else.
 */
export class FileEditors implements vscode.CustomReadonlyEditorProvider<FileDocument>, vscode.Disposable {
  private readonly extensionUri: vscode.Uri;
  private readonly log: vscode.LogOutputChannel;
  private readonly registrations: readonly Owned[];

  constructor(extensionUri: vscode.Uri, log: vscode.LogOutputChannel) {
    this.extensionUri = extensionUri;
    this.log = log;
    this.registrations = [PanelType.cpuProfile, PanelType.hlog].map((type) =>
      vscode.window.registerCustomEditorProvider(type, this, { supportsMultipleEditorsPerDocument: true }),
    );
  }

  openCustomDocument(uri: vscode.Uri): FileDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor(document: FileDocument, panel: vscode.WebviewPanel): void {
    const title = visible(basename(document.uri.path));
    const hear = guarded(this.log, async (message: PageMessage) => {
      // A profile may come from anyone: it opens files of the workspace only.
      if (message.type === 'openSource') await openSource(message, () => Promise.resolve(false), panel.viewColumn);
      else if (message.type === 'command' && message.command === 'showLog') this.log.show();
    });
    const page = new Page({
      webview: panel.webview,
      extensionUri: this.extensionUri,
      log: this.log,
      title,
      source: null,
      load: (sampleType, over) =>
        panel.viewType === PanelType.hlog
          ? readLog(document.uri, title)
          : readProfile(document.uri, title, sampleType, over),
      onMessage: (message) => void hear(message),
    });
    panel.onDidDispose(() => page.dispose());
  }

  dispose(): void {
    disposeAll(this.registrations);
  }
}

async function readProfile(
  uri: vscode.Uri,
  title: string,
  sampleType: string | null,
  over: AbortSignal,
): Promise<MessageToSend> {
  // One on disk is read where it stands: its reader tells what is too large. Any other must pass through this process.
  const { file, size } = await bytesOf(uri, uri.scheme === 'file' ? Infinity : largestWholeBytes);
  const options = { sampleType, signal: over, heapMb: profileReaderHeapMb, timeoutMs: readingTimeMs(size) };
  return { type: 'profile', title, ...(await readProfileFile(file, options)) };
}

async function readLog(uri: vscode.Uri, title: string): Promise<MessageToSend> {
  const { file } = await bytesOf(uri, largestWholeBytes);
  const reader = new AnalysisThread({ maxHeapMb: logReaderHeapMb });
  try {
    return { type: 'hlog', title, text: await reader.ask('checkHlog', file) };
  } finally {
    await reader.dispose();
  }
}

async function bytesOf(
  uri: vscode.Uri,
  largestBytes: number,
): Promise<{ readonly file: FileBytes; readonly size: number }> {
  const name = visible(basename(uri.path));
  const { size } = await vscode.workspace.fs.stat(uri).then(
    (stat) => stat,
    (error: unknown) => {
      throw new SlowpathError('FORMAT_UNKNOWN', vscode.l10n.t('{0} cannot be read.', name), { cause: error });
    },
  );
  if (size > largestBytes) {
    throw new SlowpathError(
      'FORMAT_TOO_LARGE',
      vscode.l10n.t(
        '{0} has {1} MB; files up to {2} MB open.',
        name,
        Math.round(size / 1048576),
        largestBytes / 1048576,
      ),
    );
  }
  const file = uri.scheme === 'file' ? { path: uri.fsPath } : { name, bytes: await vscode.workspace.fs.readFile(uri) };
  return { file, size };
}
