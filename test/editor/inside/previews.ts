import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { Page } from '../../../src/editor/page.ts';
import type { MessageToPage, RunPreview } from '../../../src/protocol.ts';
import { eventually, slowpath, test } from './suite.ts';

const known: RunPreview = {
  scenario: 'orders',
  state: 'complete',
  startedAt: '2026-03-11T14:15:02.000Z',
  verdict: null,
  summary: null,
};

/** A page whose webview only keeps what is posted to it; its data and its preview come when they are let go. */
async function heldPage(): Promise<{
  readonly posted: MessageToPage['type'][];
  readonly previews: () => number;
  readonly giveData: () => void;
  readonly givePreview: () => void;
  readonly page: Page;
}> {
  const { context, log } = await slowpath();
  const posted: MessageToPage[] = [];
  const received = new vscode.EventEmitter<unknown>();
  const data = Promise.withResolvers<MessageToPage>();
  const preview = Promise.withResolvers<RunPreview>();
  const webview = {
    options: {},
    html: '',
    cspSource: 'none',
    onDidReceiveMessage: received.event,
    asWebviewUri: (uri: vscode.Uri) => uri,
    postMessage: (message: MessageToPage) => {
      posted.push(message);
      return Promise.resolve(true);
    },
  };
  const page = new Page({
    webview,
    extensionUri: context.extensionUri,
    log,
    title: 'orders 14:15',
    source: null,
    load: () => data.promise,
    preview: () => preview.promise,
    onMessage: () => undefined,
  });
  received.fire({ type: 'ready', sampleType: null });
  return {
    get posted() {
      return posted.map(({ type }) => type);
    },
    previews: () => posted.filter((message) => message.type === 'loading' && message.run !== null).length,
    giveData: () => data.resolve({ type: 'error', code: 'RUN_NOT_FOUND', message: 'Gone.' }),
    givePreview: () => preview.resolve(known),
    page,
  };
}

test('a page shows what is known of its run as long as the rest is read', async () => {
  const held = await heldPage();
  assert.deepEqual(held.posted, ['loading']);
  held.givePreview();
  await eventually('the preview', () => (held.previews() === 1 ? true : undefined));
  held.giveData();
  await eventually('the data', () => (held.posted.length === 3 ? true : undefined));
  assert.deepEqual(held.posted, ['loading', 'loading', 'error']);
  held.page.dispose();
});

test('a preview that comes late does not replace what was read', async () => {
  const held = await heldPage();
  held.giveData();
  await eventually('the data', () => (held.posted.includes('error') ? true : undefined));
  held.givePreview();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(held.posted, ['loading', 'error']);
  held.page.dispose();
});
