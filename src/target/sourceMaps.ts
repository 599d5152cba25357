import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { LEAST_UPPER_BOUND, originalPositionFor, TraceMap, traceSegment } from '@jridgewell/trace-mapping';
import type { RawProfile } from './wire.ts';

const MAX_MAP_BYTES = 128 * 1024 * 1024;
const MAX_PATH = 4096;

type Script = Pick<RawProfile['scripts'][number], 'url' | 'sourceMapUrl'>;

/** Positions as V8 counts them: line and column from 0. */
interface Position {
  readonly url: string;
  readonly line: number;
  readonly column: number;
  /** The name it had before it was minified; null if the map doesn't say. */
  readonly name: string | null;
}

/**
 * The person's own lines for one script. What a map names is not trusted: it is only ever used as a name, and only where a
 * file of that name exists on this machine; otherwise the generated position stands.
 */
export class ScriptMap {
  private readonly trace: TraceMap;
  /** Of the sources that are files here, by the name the map resolves to. */
  private readonly urls: ReadonlyMap<string | null, string>;

  private constructor(trace: TraceMap, urls: ReadonlyMap<string | null, string>) {
    this.trace = trace;
    this.urls = urls;
  }

  /** Reads the map a script names, inline or beside it; null if there is none that can be used. */
  static async load(script: Script, cwd: string): Promise<ScriptMap | null> {
    try {
      const scriptUrl = asFileUrl(script.url);
      const inline = script.sourceMapUrl.startsWith('data:');
      const mapUrl = inline ? scriptUrl : new URL(script.sourceMapUrl, scriptUrl);
      const text = inline ? decodeDataUrl(script.sourceMapUrl) : await readSmallFile(mapUrl);
      const trace = new TraceMap(withoutGuard(text), mapUrl.href);
      const urls = new Map<string | null, string>();
      await Promise.all(
        trace.resolvedSources.map(async (source) => {
          const url = await existingSource(source, cwd);
          if (url !== null) urls.set(source, url);
        }),
      );
      return urls.size > 0 ? new ScriptMap(trace, urls) : null;
    } catch {
      return null;
    }
  }

  /** Of a character; of the first one after it that has an original, where it has none. */
  positionAt(line: number, column: number): Position | null {
    return this.at(line, column) ?? this.firstFrom(line, column);
  }

  /** Where a function begins; V8 gives the position of its parameters. */
  functionAt(line: number, column: number, name: string): Position | null {
    const position = this.positionAt(line, column);
    return position && { ...position, name: this.nameBefore(line, column, name) };
  }

  /**
   * The original line (from 1) of a generated line (from 1) on which a function that begins at `start` was running. Where the
   * whole function stands on one generated line, only the function's own line can be told.
   */
  lineAt(
    generatedLine: number,
    start: { readonly line: number; readonly column: number },
  ): { readonly url: string; readonly line: number } | null {
    const onFirstLine = generatedLine - 1 === start.line;
    const position = onFirstLine ? this.positionAt(start.line, start.column) : this.firstFrom(generatedLine - 1, 0);
    return position && { url: position.url, line: position.line + 1 };
  }

  private at(line: number, column: number): Position | null {
    return this.position(originalPositionFor(this.trace, { line: line + 1, column }));
  }

  private firstFrom(line: number, column: number): Position | null {
    return this.position(originalPositionFor(this.trace, { line: line + 1, column, bias: LEAST_UPPER_BOUND }));
  }

  private position(found: ReturnType<typeof originalPositionFor>): Position | null {
    if (found.source === null) return null;
    const url = this.urls.get(found.source);
    return url === undefined ? null : { url, line: found.line - 1, column: found.column, name: found.name };
  }

  /** `function x(`, `x(` in a class, `x=(` or `x=e=>`, `x=function(`: the name’s own segment. (The one on the parameters may be the first parameter’s.) */
  private nameBefore(line: number, column: number, name: string): string | null {
    for (const at of [column - name.length, column - name.length - 1, column - name.length - '=function'.length]) {
      const segment = at >= 0 && name !== '' ? traceSegment(this.trace, line, at) : null;
      if (segment?.length === 5 && segment[0] === at) return this.trace.names[segment[4]]?.slice(0, MAX_PATH) ?? null;
    }
    return null;
  }
}

function asFileUrl(url: string): URL {
  return /^[a-z][a-z+.-]+:/i.test(url) ? new URL(url) : pathToFileURL(url);
}

function decodeDataUrl(url: string): string {
  const comma = url.indexOf(',');
  const data = url.slice(comma + 1);
  return url.slice(0, comma).endsWith(';base64')
    ? Buffer.from(data, 'base64').toString('utf8')
    : decodeURIComponent(data);
}

async function readSmallFile(url: URL): Promise<string> {
  const path = localPath(url);
  const found = path === null ? null : await stat(path);
  if (path === null || !found?.isFile() || found.size > MAX_MAP_BYTES) throw new RangeError('not a source map');
  return readFile(path, 'utf8');
}

/** Some servers put `)]}'` before JSON; the specification of source maps allows it. */
function withoutGuard(text: string): string {
  return text.startsWith(")]}'") ? text.slice(text.indexOf('\n') + 1) : text;
}

/** A source as a file URL, if it is a file here; bundlers' own schemes are tried below the target's folder. */
async function existingSource(source: string, cwd: string): Promise<string | null> {
  if (source.length > MAX_PATH) return null;
  try {
    const bundled = /^webpack:\/\/[^/]*\/(?<path>[^?]+)/.exec(source)?.groups?.['path'];
    const path = bundled === undefined ? localPath(asFileUrl(source)) : resolve(cwd, bundled);
    return path !== null && (await stat(path)).isFile() ? pathToFileURL(path).href : null;
  } catch {
    return null;
  }
}

/** Null for anything that is not a plain path on this machine: a host in the URL would make Windows ask the network. */
function localPath(url: URL): string | null {
  return url.protocol === 'file:' && url.host === '' ? fileURLToPath(url) : null;
}
