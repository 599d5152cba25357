import * as vscode from 'vscode';
import { asSlowpathError } from '../errors.ts';
import { inPieces, type MessageToSend } from '../pieces.ts';
import { visible } from '../plan/visible.ts';
import type { MessageToPage, RunPreview } from '../protocol.ts';
import { pageHtml, pageRoot } from './pageHtml.ts';
import { isMessage, type PageMessage } from './pageMessages.ts';
import type { PageSource } from './pageSource.ts';

/** Pieces on their way at a time: enough to hide the way there and back, few enough to leave the host its turns. */
const piecesUnderWay = 4;

export interface PageOptions {
  readonly webview: vscode.Webview;
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly title: string;
  /** What a page restored after a reload is to show again; null where the editor itself knows (a custom editor). */
  readonly source: PageSource | null;
  /**
   * The data, made each time the page (re)starts: it keeps nothing while hidden. `sampleType`: which of a profile's several is
   * wanted, null for its own choice. `over`: the data has been sent, or nobody wants it any more.
   */
  readonly load: (sampleType: string | null, over: AbortSignal) => Promise<MessageToSend>;
  /** What is known before the data is read; null: nothing but the title. */
  readonly preview?: () => Promise<RunPreview | null>;
  readonly onMessage: (message: PageMessage) => void;
}

/** One report page in a webview: fills it when it is ready, again after it was hidden, and hears what it asks. */
export class Page implements vscode.Disposable {
  private readonly options: PageOptions;
  private readonly subscription: vscode.Disposable;
  private ready = false;
  /** Numbers the fillings, for the pieces of each. */
  private fillings = 0;
  /** Ends the filling that is under way: a newer one, the page's hiding and its end do. */
  private over = new AbortController();
  private waiting: MessageToPage[] = [];

  constructor(options: PageOptions) {
    this.options = options;
    const { webview, extensionUri, source } = options;
    webview.options = { enableScripts: true, localResourceRoots: [pageRoot(extensionUri)] };
    this.subscription = webview.onDidReceiveMessage((message: unknown) => this.receive(message));
    webview.html = pageHtml(webview, extensionUri, source);
  }

  /** Sent at once, or after the data once the page is there. */
  post(message: MessageToPage): void {
    if (this.ready) void this.options.webview.postMessage(message);
    else this.waiting.push(message);
  }

  /** The page is hidden and forgets everything: what is posted now waits until it is ready again. */
  suspend(): void {
    this.over.abort();
    this.ready = false;
  }

  dispose(): void {
    this.over.abort();
    this.subscription.dispose();
  }

  private receive(message: unknown): void {
    if (!isMessage(message)) {
      this.options.log.warn('the report page sent something that is not a message');
      return;
    }
    switch (message.type) {
      case 'ready':
        void this.fill(message.sampleType);
        return;
      case 'sampleType':
        // What is shown stays until it is read again.
        void this.fill(message.name, false);
        return;
      case 'copy':
        void vscode.env.clipboard.writeText(message.text);
        return;
      case 'pageError':
        this.options.log.error(`report page: ${visible(message.message, 4000)}`);
        return;
      default:
        this.options.onMessage(message);
    }
  }

  private async fill(sampleType: string | null, empty = true): Promise<void> {
    this.over.abort();
    const over = new AbortController();
    this.over = over;
    try {
      await this.fillUntil(over.signal, sampleType, empty);
    } finally {
      over.abort();
    }
  }

  private async fillUntil(over: AbortSignal, sampleType: string | null, empty: boolean): Promise<void> {
    const { webview, load, log } = this.options;
    this.ready = false;
    const read = new AbortController();
    if (empty) void this.preview(AbortSignal.any([over, read.signal]));
    let message: MessageToSend;
    try {
      message = await load(sampleType, over);
    } catch (thrown) {
      if (over.aborted) return;
      const error = asSlowpathError(thrown);
      log.error(`${error.code}: ${error.message}`);
      message = { type: 'error', code: error.code, message: error.message };
    } finally {
      read.abort();
    }
    // Hidden, or asked for again, while the data was read.
    if (over.aborted || !(await this.send(message, over))) return;
    this.ready = true;
    const waiting = this.waiting;
    this.waiting = [];
    for (const each of waiting) void webview.postMessage(each);
  }

  /** Shows what is known as long as the rest is read. @param over it has been read, or nobody waits any more */
  private async preview(over: AbortSignal): Promise<void> {
    const { webview, title, preview } = this.options;
    void webview.postMessage({ type: 'loading', title, run: null } satisfies MessageToPage);
    const run = await preview?.();
    if (run && !over.aborted) void webview.postMessage({ type: 'loading', title, run } satisfies MessageToPage);
  }

  /** Whether it went out whole: a newer filling, or the end of the page, stops it. */
  private async send(message: MessageToSend, over: AbortSignal): Promise<boolean> {
    const underWay: Thenable<boolean>[] = [];
    for await (const part of inPieces(message, ++this.fillings)) {
      if (underWay.length >= piecesUnderWay) await underWay.shift();
      if (over.aborted) return false;
      underWay.push(this.options.webview.postMessage(part));
    }
    return true;
  }
}
