import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TraceMap } from '@jridgewell/trace-mapping';
import { longestMapText, PositionMap } from '../profile/positionMap.ts';
import type { RawProfile } from './wire.ts';

const MAX_MAP_BYTES = 128 * 1024 * 1024;

type Script = Pick<RawProfile['scripts'][number], 'url' | 'sourceMapUrl'>;

/**
 * The person's own lines for one script, from the map it names, inline or beside it; null if there is none that can be used. What a
 * map names is not trusted: it is only ever used as a name, and only where a file of that name exists on this machine; otherwise
 * the generated position stands.
 */
export async function loadScriptMap(script: Script, cwd: string): Promise<PositionMap | null> {
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
    return urls.size > 0 ? new PositionMap(trace, urls) : null;
  } catch {
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
  if (source.length > longestMapText) return null;
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
