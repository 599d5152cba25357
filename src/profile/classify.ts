import { FrameKind } from './tables.ts';

/** What collectors put in place of their own files: the probe inside the process is no code of the person. */
export const probeUrl = 'slowpath:probe';

/** V8's own frames, by the names it gives them. */
const synthetic: Readonly<Record<string, FrameKind>> = {
  '(root)': FrameKind.root,
  '(idle)': FrameKind.idle,
  '(garbage collector)': FrameKind.gc,
  '(program)': FrameKind.native,
};

/**
 * What a JavaScript frame is, from its name and its file. A frame without a file is native (a builtin, C++, or one of
 * V8's own); Node's JavaScript is `node:…`, before Node 16 `internal/…` or a bare `events.js`.
 */
export function frameKind(name: string, file: string): FrameKind {
  if (file === '') return Object.hasOwn(synthetic, name) ? (synthetic[name] ?? FrameKind.native) : FrameKind.native;
  if (file === probeUrl || file.startsWith('node:') || file.startsWith('internal/') || /^_?[a-z0-9_]+\.js$/.test(file))
    return FrameKind.runtime;
  if (file.startsWith('native ') || file === 'native') return FrameKind.native;
  if (/[/\\]node_modules[/\\]/.test(file)) return FrameKind.library;
  return FrameKind.user;
}

/** A `file:` URL as a path (`/a/b c.js`, `C:/a.js`), anything else unchanged. */
export function pathOfUrl(url: string): string {
  if (!url.startsWith('file://')) return url;
  const path = url.slice('file://'.length);
  const local = /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
  try {
    return decodeURIComponent(local);
  } catch {
    return local;
  }
}
