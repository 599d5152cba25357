/** What a service's entry file tells about where it listens and what it answers. Hints for a plan that a person completes. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';

export interface SourceHints {
  /** A port written as a number, unless the port comes from the environment. */
  readonly port: number | null;
  /** GET routes without parameters, in order, health checks included. */
  readonly routes: readonly string[];
}

const maxFileBytes = 1024 * 1024;
const maxRoutes = 5;

/** A text file, or null if it is missing, larger than 1 MiB or no file. */
export async function readSmallText(file: string): Promise<string | null> {
  try {
    await using handle = await open(file, 'r');
    const stats = await handle.stat();
    return stats.isFile() && stats.size <= maxFileBytes ? await handle.readFile('utf8') : null;
  } catch {
    return null;
  }
}

/** The entry file as it is or with an extension that Node or a loader would add. */
export async function hintsFrom(folder: string, command: string): Promise<SourceHints> {
  for (const suffix of ['', '.js', '.ts', '.mjs', '.cjs', '/index.js', '/index.ts']) {
    const text = await readSmallText(resolve(folder, command + suffix));
    if (text !== null) return { port: portIn(text), routes: routesIn(text) };
  }
  return { port: null, routes: [] };
}

/**
 * `app.get('/x'` (Express, Fastify, Koa's router, Hono), `url: '/x'` (Fastify's route), `req.url === '/x'` and `req.url.startsWith('/x')`
 * (plain http), where no other method than GET is asked for on the same line.
 */
export function routesIn(source: string): string[] {
  const patterns = [
    /\.(?:get|all)\(\s*(['"`])(\/[^'"`\s]{0,200})\1/g,
    /\burl:\s*(['"`])(\/[^'"`\s]{0,200})\1/g,
    /\b(?:url|pathname|path)\s*===?\s*(['"`])(\/[^'"`\s]{0,200})\1/g,
    /\b(?:url|pathname|path)\??\.startsWith\(\s*(['"`])(\/[^'"`\s]{0,200})\1/g,
    /\bcase\s+(['"`])(\/[^'"`\s]{0,200})\1\s*:/g,
  ];
  const found = patterns.flatMap((pattern) =>
    [...source.matchAll(pattern)].map(({ index, 2: path = '' }) => ({ index, path })),
  );
  const routes = found
    .filter(({ index }) => !otherMethod.test(lineAt(source, index)))
    .sort((a, b) => a.index - b.index)
    .map(({ path }) => path);
  // A parameter or wildcard needs a value that only the person knows.
  return [...new Set(routes)].filter((path) => /^\/[\w\-./~%]*$/.test(path)).slice(0, maxRoutes);
}

const otherMethod = /\bmethod\s*[!=]==?\s*['"`](?:POST|PUT|PATCH|DELETE)\b/;

/** What stands around it on its line, within reason. */
function lineAt(source: string, index: number): string {
  const before = source.slice(Math.max(0, index - 200), index);
  const after = source.slice(index, index + 200);
  return `${before.split('\n').at(-1) ?? ''}${after.split('\n')[0] ?? ''}`;
}

function portIn(source: string): number | null {
  if (/process\.env(?:\.PORT\b|\[['"]PORT['"]\])/.test(source)) return null;
  const [, digits = ''] =
    /\.listen\(\s*(?:\{[^}]{0,200}?\bport:\s*)?(\d{2,5})\b/.exec(source) ??
    /\b(?:port|PORT)\s*[=:]\s*(\d{2,5})\b/.exec(source) ??
    [];
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? port : null;
}
