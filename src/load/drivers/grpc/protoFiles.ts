import { open } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';
import { messageOf, SlowpathError } from '../../../errors.ts';
import { decoding, servicesIn, type Services } from './methods.ts';

export interface ProtoFiles {
  /** Absolute, or relative to one of the folders. */
  readonly files: readonly string[];
  /** Absolute folders in which files and their imports are looked for, in this order. */
  readonly includeDirs: readonly string[];
}

/** Of one file; the biggest that are published have about 1 MB. */
const mostBytes = 16 * 1024 * 1024;
const mostFiles = 2000;

/**
 * Reads services from `.proto` files and all that they import. Google's well-known types need no file.
 * @throws SlowpathError LOAD_FAILED with file and line: a file or import that is not there, a mistake in the text, a type that
 * nothing declares.
 */
export async function loadProtoFiles({ files, includeDirs }: ProtoFiles): Promise<Services> {
  const sources = new Map</* absolute path */ string, string>();
  const roots: string[] = [];
  for (const file of files) roots.push(await collect(file, includeDirs, sources, null));
  const read = (paths: readonly string[]) => loadSync([...paths], { ...decoding, includeDirs: [...includeDirs] });
  try {
    return servicesIn(read(roots), files.join(', '));
  } catch (cause) {
    throw new SlowpathError(
      'LOAD_FAILED',
      mistake(cause, sources, (path) => read([path])),
      { cause },
    );
  }
}

interface Import {
  readonly file: string;
  readonly line: number;
}

/** Reads a file and its imports, so that what is missing is told with the line that asked for it. */
async function collect(
  name: string,
  includeDirs: readonly string[],
  sources: Map<string, string>,
  from: Import | null,
): Promise<string> {
  const found = await firstReadable(isAbsolute(name) ? [name] : includeDirs.map((dir) => join(dir, name)));
  if (!found) {
    const where = from ? `${from.file}:${from.line}: import "${name}"` : `The file ${name}`;
    const looked = isAbsolute(name) ? '' : ` in ${includeDirs.join(', ') || 'no folder'}`;
    const mend = from ? 'add the folder that it is in to "includeDirs"' : 'mend "proto" or "includeDirs"';
    throw new SlowpathError('LOAD_FAILED', `${where} was not found${looked}; ${mend}.`);
  }
  if (sources.has(found.path)) return found.path;
  if (sources.size >= mostFiles)
    throw new SlowpathError('LOAD_FAILED', `${name} imports more than ${mostFiles} files.`);
  sources.set(found.path, found.text);
  for (const [index, line] of found.text.split('\n').entries()) {
    const imported = /^\s*import\s+(?:public\s+|weak\s+)?["']([^"']+)["']\s*;/.exec(line)?.[1];
    if (imported === undefined || imported.startsWith('google/protobuf/')) continue;
    await collect(imported, includeDirs, sources, { file: found.path, line: index + 1 });
  }
  return found.path;
}

async function firstReadable(paths: readonly string[]): Promise<{ path: string; text: string } | null> {
  for (const path of paths) {
    const text = await readText(path);
    if (text !== null) return { path, text };
  }
  return null;
}

async function readText(path: string): Promise<string | null> {
  let size;
  try {
    await using file = await open(path);
    ({ size } = await file.stat());
    if (size <= mostBytes) return await file.readFile('utf8');
  } catch {
    return null;
  }
  throw new SlowpathError('LOAD_FAILED', `${path} has ${size} bytes; a .proto file may have ${mostBytes}.`);
}

/** The parser says `illegal token '}' (line 3)`; of a type that nothing declares it says the name alone. */
function mistake(cause: unknown, sources: ReadonlyMap<string, string>, read: (path: string) => unknown): string {
  const message = messageOf(cause);
  const parsed = /^(.*) \((?:.*, )?line (\d+)\)$/s.exec(message);
  if (parsed) return `${culprit(message, sources, read)}:${parsed[2] ?? ''}: ${parsed[1] ?? ''}.`;
  const missing = /no such type(?: or enum '|: )([\w.]+)/i.exec(message)?.[1];
  const place = missing === undefined ? null : firstUse(missing, sources);
  if (place !== null) return `${place}: ${message}.`;
  // The parser itself stumbles over a text that stops short.
  const file = culprit(message, sources, read);
  return `${file}:${lineCount(sources.get(file))}: the text ends in the middle of a declaration, or is no .proto file (${message}).`;
}

function lineCount(text = ''): number {
  return text.trimEnd().split('\n').length;
}

/** What is imported is read after what imports it: the last one that fails by itself in the same way is where it is. */
function culprit(message: string, sources: ReadonlyMap<string, string>, read: (path: string) => unknown): string {
  const failsAlike = (path: string): boolean => {
    try {
      read(path);
      return false;
    } catch (error) {
      return error instanceof Error && error.message === message;
    }
  };
  return [...sources.keys()].findLast(failsAlike) ?? 'The .proto files';
}

function firstUse(type: string, sources: ReadonlyMap<string, string>): string | null {
  const word = new RegExp(`(?<![\\w.])\\.?${type.replaceAll('.', '\\.')}(?![\\w.])`);
  for (const [path, text] of sources) {
    const index = text.split('\n').findIndex((line) => word.test(line.replace(/\/\/.*/, '')));
    if (index >= 0) return `${path}:${index + 1}`;
  }
  return null;
}
