import * as vscode from 'vscode';
import { basename } from 'node:path';
import type { MessageToSend } from '../pieces.ts';
import { visible } from '../plan/visible.ts';
import type { Brushed } from '../trace/analysis.ts';
import { AnalysisThread } from './analysisThread.ts';
import { readBytes } from './fileBytes.ts';
import { largestWholeBytes, logReaderHeapMb } from './fileLimits.ts';
import type { HeatStore } from './heatStore.ts';
import { PanelType } from './names.ts';
import { guarded } from './notify.ts';
import { openSource } from './openSource.ts';
import { disposeAll, type Owned } from './owned.ts';
import { Page } from './page.ts';
import type { PageMessage } from './pageMessages.ts';
import { ProfileFile } from './profileFile.ts';

class FileDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  private readonly heat: HeatStore;
  private opened: ProfileFile | undefined;

  constructor(uri: vscode.Uri, heat: HeatStore) {
    this.uri = uri;
    this.heat = heat;
  }

  /** One for all its editors. */
  get profile(): ProfileFile {
    return (this.opened ??= new ProfileFile(this.uri));
  }

  /** Its last editor was closed. */
  dispose(): void {
    if (!this.opened) return;
    this.heat.release(this.opened);
    this.opened.dispose();
  }
}

/** A profile in an editor. */
export interface OpenProfile {
  readonly uri: vscode.Uri;
  readonly title: string;
  /** Shows the heat of what is brushed in this editor. */
  readonly showHeat: () => Promise<void>;
}

/**
 * Profiles of any known format, `.hlog` and `.hgrm` files in the report page. Only looked at, never run: works in untrusted workspaces too. Each
 * profile is read by a process of its own, so that a large one leaves this one's memory alone and a hostile one harms nothing else. A
 * profile's heat stands beside the code as long as it is open.
 */
export class FileEditors implements vscode.CustomReadonlyEditorProvider<FileDocument>, vscode.Disposable {
  private readonly extensionUri: vscode.Uri;
  private readonly log: vscode.LogOutputChannel;
  private readonly heat: HeatStore;
  private readonly registrations: readonly Owned[];
  private readonly profiles = new Map<vscode.WebviewPanel, OpenProfile>();

  constructor(extensionUri: vscode.Uri, heat: HeatStore, log: vscode.LogOutputChannel) {
    this.extensionUri = extensionUri;
    this.heat = heat;
    this.log = log;
    this.registrations = [PanelType.cpuProfile, PanelType.hlog].map((type) =>
      vscode.window.registerCustomEditorProvider(type, this, { supportsMultipleEditorsPerDocument: true }),
    );
  }

  openCustomDocument(uri: vscode.Uri): FileDocument {
    return new FileDocument(uri, this.heat);
  }

  /** The profiles that are open, one an editor; the one that has the focus comes first. */
  get open(): OpenProfile[] {
    return [...this.profiles]
      .sort(([one], [other]) => Number(other.active) - Number(one.active))
      .map(([, profile]) => profile);
  }

  /** The profile whose editor has the focus, or undefined. */
  get active(): OpenProfile | undefined {
    for (const [panel, profile] of this.profiles) if (panel.active) return profile;
    return undefined;
  }

  resolveCustomEditor(document: FileDocument, panel: vscode.WebviewPanel): void {
    if (panel.viewType === PanelType.hlog) this.showLog(document, panel);
    else this.showProfile(document.profile, panel);
  }

  dispose(): void {
    disposeAll(this.registrations);
  }

  private showLog({ uri }: FileDocument, panel: vscode.WebviewPanel): void {
    const title = visible(basename(uri.path));
    this.fill(
      panel,
      title,
      () => readLog(uri, title),
      () => Promise.resolve(),
    );
  }

  private showProfile(profile: ProfileFile, panel: vscode.WebviewPanel): void {
    let isFirst = true;
    /** Of this page: what is brushed in it, told again each time it comes back. */
    let brushed: Brushed | null = null;
    const load = async (sampleType: string | null, over: AbortSignal): Promise<MessageToSend> => {
      const message = await profile.load(sampleType, over);
      // Another sample type has another heat. Where it was cleared it does not come back by itself.
      const wanted = isFirst || this.heat.file?.uri === profile.uri;
      isFirst = false;
      if (wanted) over.addEventListener('abort', () => void show(brushed), { once: true });
      return message;
    };
    const show = guarded(this.log, (range: Brushed | null) => this.heat.showFile(profile, range));
    const { uri, title } = profile;
    this.profiles.set(panel, { uri, title, showHeat: () => this.heat.showFile(profile, brushed) });
    panel.onDidDispose(() => this.profiles.delete(panel));
    this.fill(panel, profile.title, load, async (message) => {
      if (message.type === 'rangeChanged') {
        const isNew = JSON.stringify(message.range) !== JSON.stringify(brushed);
        brushed = message.range;
        if (isNew) await show(brushed);
      } else if (message.type === 'openSource') {
        // A profile may come from anyone: it opens files of the workspace only.
        const file = await profile.placeOf(message.file);
        await openSource({ ...message, file }, () => Promise.resolve(false), panel.viewColumn);
      }
    });
  }

  private fill(
    panel: vscode.WebviewPanel,
    title: string,
    load: (sampleType: string | null, over: AbortSignal) => Promise<MessageToSend>,
    receive: (message: PageMessage) => Promise<void>,
  ): void {
    const hear = guarded(this.log, async (message: PageMessage) => {
      if (message.type === 'command' && message.command === 'showLog') this.log.show();
      else await receive(message);
    });
    const page = new Page({
      webview: panel.webview,
      extensionUri: this.extensionUri,
      log: this.log,
      title,
      source: null,
      load,
      onMessage: (message) => void hear(message),
    });
    panel.onDidDispose(() => page.dispose());
  }
}

async function readLog(uri: vscode.Uri, title: string): Promise<MessageToSend> {
  const { file } = await readBytes(uri, largestWholeBytes);
  const reader = new AnalysisThread({ maxHeapMb: logReaderHeapMb });
  try {
    return { type: 'hlog', title, text: await reader.ask('checkHlog', file) };
  } finally {
    await reader.dispose();
  }
}
