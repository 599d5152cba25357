import type { Profile, ProfileThread } from '../tables.ts';

/** Name and place of a function on one line: `handle (/srv/app.js:12)`. As py-spy and stackcollapse write it. */
export function placedName({ strings, frames }: Profile, frame: number): string {
  const known = strings[frames.name[frame] ?? -1] ?? '';
  const name = known === '' ? '(anonymous)' : known;
  const file = strings[frames.file[frame] ?? -1] ?? '';
  const line = frames.line[frame] ?? 0;
  return file === '' ? name : line > 0 ? `${name} (${file}:${line})` : `${name} (${file})`;
}

/** `api · main`, `main`, or the thread's number. */
export function threadName({ target, name, tid }: ProfileThread): string {
  const own = name === '' ? `thread ${tid}` : name;
  return target === '' ? own : `${target} · ${own}`;
}

/** A path as V8 names it: `file:///a/b.js`. Whatever is no absolute path (`node:net`) stays as it is. */
export function urlOfFile(file: string): string {
  const path = /^[A-Za-z]:[\\/]/.test(file) ? `/${file}` : file;
  return path.startsWith('/') ? `file://${path.toWellFormed().split('/').map(encodeURIComponent).join('/')}` : file;
}
