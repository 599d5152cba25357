/**
 * The report as one file that opens in any browser, without a server and without the network: the page's own bundle, its
 * style, and the packed run as data. A strict content security policy names each inlined part by its hash.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

export interface StandaloneReport {
  /** Untrusted text, e.g. a scenario's name. */
  readonly title: string;
  /** From run/pack.ts: a run or a profile. */
  readonly packed: ArrayBuffer;
  /** Another packed run to compare with. */
  readonly baseline?: { readonly title: string; readonly packed: ArrayBuffer };
  /** Texts of the page's bundles: dist/page/report.js, report.css, controls.js. */
  readonly page: PageBundles;
}

interface PageBundles {
  readonly js: string;
  readonly css: string;
  readonly controls: string;
}

/** The whole document. The data is base64 of gzip, which can contain no markup; everything else untrusted is escaped. */
export function standaloneHtml(report: StandaloneReport): string {
  const css = inStyle(report.page.css);
  const scripts = [report.page.js, report.page.controls].map(inScript);
  // The controls make style elements while they run, which carry this; it is no secret, for nothing else is in the file.
  const nonce = hashOf(report.page.controls).slice(0, 22);
  const policy = [
    `default-src 'none'`,
    `script-src ${scripts.map((script) => `'sha256-${hashOf(script)}'`).join(' ')}`,
    `style-src 'sha256-${hashOf(css)}' 'nonce-${nonce}'`,
    `worker-src blob:`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  const baseline = report.baseline
    ? `<script type="application/octet-stream" id="slowpath-baseline" data-title="${escaped(report.baseline.title)}">${encoded(report.baseline.packed)}</script>\n`
    : '';
  return `<!doctype html>
<html lang="en" class="standalone">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta property="csp-nonce" content="${nonce}">
<title>${escaped(report.title)}</title>
<style>${css}</style>
</head>
<body>
<div id="app"></div>
<noscript>This report needs JavaScript: it draws its charts from the data inside this file.</noscript>
<script type="application/octet-stream" id="slowpath-data">${encoded(report.packed)}</script>
${baseline}${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
}

/** For text and for attributes in double quotes; line ends would change what an attribute holds and are made spaces. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/**
 * A script's text in a script element ends at `</script` wherever it stands; in our bundles only inside strings and
 * regular expressions, where `\/` means the same. `<!--` would open another state of the parser.
 */
function inScript(source: string): string {
  return normalised(source)
    .replace(/<\/(script)/gi, '<\\/$1')
    .replace(/<!--/g, '<\\!--');
}

function inStyle(source: string): string {
  return normalised(source).replace(/<\/(style)/gi, '<\\/$1');
}

/** The parser turns every line end into a line feed before the browser hashes what it read. */
function normalised(source: string): string {
  return source.replace(/\r\n?/g, '\n');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64');
}

function encoded(packed: ArrayBuffer): string {
  return gzipSync(new Uint8Array(packed), { level: 6 }).toString('base64');
}
