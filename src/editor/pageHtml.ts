import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { keepSource, type PageSource } from './pageSource.ts';

/** The folder the page's own files stand in: the only one it may load from. */
export function pageRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'page');
}

/**
 * The report page's document. Nothing runs but our own bundles (a cryptographic nonce each time); the page's Web Worker is
 * started from a Blob of the page's own text.
 */
export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, source: PageSource | null): string {
  const nonce = randomBytes(18).toString('base64');
  const file = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(pageRoot(extensionUri), name)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data: blob:`,
    `worker-src blob:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${nonce}">
<link rel="stylesheet" href="${file('report.css')}">
<title>Slowpath</title>
</head>
<body>
<div id="app"></div>
${source === null ? '' : `<script nonce="${nonce}">${keepSource(source)}</script>`}
<script nonce="${nonce}" src="${file('report.js')}"></script>
<script nonce="${nonce}" src="${file('controls.js')}"></script>
</body>
</html>`;
}
