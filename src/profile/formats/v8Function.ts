import { pathOfUrl } from '../classify.ts';

/** A JavaScript function as V8's logs describe it. */
export interface V8Function {
  readonly name: string;
  /** '' where none is told. */
  readonly file: string;
  /** 1-based, 0 unknown. */
  readonly line: number;
  readonly column: number;
}

/** `get size file:///srv/a.mjs:12:3` taken apart; `(anonymous)` where the name is empty, as in a .cpuprofile. */
export function v8Function(described: string): V8Function {
  const place = /^(.*?):(\d+)(?::(\d+))?$/s.exec(described);
  const text = place?.[1] ?? described;
  const at = place ? fileStart(text) : text.length;
  const own = text.slice(0, at).trim();
  return {
    name: own === '' ? '(anonymous)' : own,
    file: pathOfUrl(text.slice(at).trim()),
    line: Number(place?.[2] ?? 0),
    column: Number(place?.[3] ?? 0),
  };
}

/** Names hold spaces (`get size`), and so do paths: a path begins where it can only be one. */
function fileStart(text: string): number {
  const path = / (?=\/|[A-Za-z]:[\\/]|file:|node:|https?:|wasm:|internal\/|evalmachine)/.exec(` ${text}`);
  if (path) return path.index;
  return text.lastIndexOf(' ') + 1;
}
