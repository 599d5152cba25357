/** Whoever shows the page: an editor's webview, or a file opened in a browser. */
import { messageOf, SlowpathError } from '../src/errors.ts';
import { PieceJoiner, type MessageInPieces } from '../src/pieces.ts';
import type { MessageToEditor, MessageToPage } from '../src/protocol.ts';
import { embeddedRun } from './embedded.ts';
import { restoreState } from './pageState.ts';

export interface Host {
  readonly kind: 'editor' | 'file';
  /** Tells the editor; a file's page does what it can by itself. */
  post(message: MessageToEditor): void;
  /** Starts the flow of messages: from the editor, or once from what is embedded in the file. */
  listen(receive: (message: MessageToPage) => void): void;
  loadState(): unknown;
  saveState(state: unknown): void;
}

interface EditorApi {
  postMessage(message: MessageToEditor): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare global {
  var acquireVsCodeApi: (() => EditorApi) | undefined;
}

export function connectHost(window: Window & typeof globalThis): Host {
  return window.acquireVsCodeApi ? editorHost(window, window.acquireVsCodeApi()) : fileHost(window);
}

function editorHost(window: Window, api: EditorApi): Host {
  return {
    kind: 'editor',
    post: (message) => api.postMessage(message),
    listen: (receive) => {
      const joiner = new PieceJoiner();
      window.addEventListener('message', (event: MessageEvent<unknown>) => {
        const whole = isMessage(event.data) ? joiner.take(event.data) : null;
        if (whole !== null) receive(whole);
      });
      api.postMessage({ type: 'ready', sampleType: restoreState(api.getState()).sampleType });
    },
    loadState: () => api.getState(),
    saveState: (state) => api.setState(state),
  };
}

function fileHost(window: Window): Host {
  const { document } = window;
  const stateKey = `slowpath:${document.title}`;
  return {
    kind: 'file',
    post: (message) => {
      if (message.type === 'openSource') window.location.href = editorLink(message.file, message.line, message.column);
      if (message.type === 'copy') void window.navigator.clipboard.writeText(message.text).catch(() => undefined);
    },
    listen: (receive) => {
      receive({ type: 'loading', title: document.title, run: null });
      embeddedRun(document).then(receive, (error: unknown) => {
        const code = error instanceof SlowpathError ? error.code : 'FORMAT_MALFORMED';
        receive({ type: 'error', code, message: messageOf(error) });
      });
    },
    // A browser may refuse storage to files: then the page just starts afresh.
    loadState: () => attempt(() => JSON.parse(window.sessionStorage.getItem(stateKey) ?? 'null') as unknown),
    saveState: (state) => attempt(() => window.sessionStorage.setItem(stateKey, JSON.stringify(state))),
  };
}

function attempt<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}

/** VS Code registers this scheme with the system: the file opens there if it exists on this machine. */
function editorLink(file: string, line: number, column: number): string {
  const path = file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  return `vscode://file${path.startsWith('/') ? '' : '/'}${path}:${Math.max(1, line)}:${Math.max(1, column)}`;
}

const known = new Set<string>([
  'run',
  'profile',
  'hlog',
  'result',
  'loading',
  'error',
  'reveal',
  'piece',
  'joined',
] satisfies MessageInPieces['type'][]);

function isMessage(value: unknown): value is MessageInPieces {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    known.has(value.type)
  );
}
