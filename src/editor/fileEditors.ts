import * as vscode from 'vscode';
import { basename } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { visible } from '../plan/visible.ts';
import type { MessageToPage } from '../protocol.ts';
import type { FileBytes } from './analysisMessages.ts';
import { AnalysisThread } from './analysisThread.ts';
import { largestWholeBytes, readerHeapMb } from './fileLimits.ts';
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
 * file is read by a thread of its own, so that a hostile one harms nothing else.
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
      load: (sampleType) => read(document.uri, panel.viewType, title, sampleType),
      onMessage: (message) => void hear(message),
    });
    panel.onDidDispose(() => page.dispose());
  }

  dispose(): void {
    disposeAll(this.registrations);
  }
}

async function read(
  uri: vscode.Uri,
  viewType: string,
  title: string,
  sampleType: string | null,
): Promise<MessageToPage> {
  // A profile on disk is read in pieces where its format allows it: its reader tells what is too large.
  const inPieces = viewType !== PanelType.hlog && uri.scheme === 'file';
  const file = await bytesOf(uri, inPieces ? Infinity : largestWholeBytes);
  const reader = new AnalysisThread({ maxHeapMb: readerHeapMb });
  try {
    return viewType === PanelType.hlog
      ? { type: 'hlog', title, text: await reader.ask('checkHlog', file) }
      : { type: 'profile', title, ...(await reader.ask('packProfile', { ...file, sampleType })) };
  } finally {
    await reader.dispose();
  }
}

async function bytesOf(uri: vscode.Uri, largestBytes: number): Promise<FileBytes> {
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
  return uri.scheme === 'file' ? { path: uri.fsPath } : { name, bytes: await vscode.workspace.fs.readFile(uri) };
}
