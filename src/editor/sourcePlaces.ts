import * as vscode from 'vscode';
import { isAbsolute, normalize } from 'node:path';
import type { ProfileSource } from './fileReaderMessages.ts';
import { matchingFiles, namesFunctions, segmentsOf } from './foreignPaths.ts';

/** Looked through for files that end like the profile's; a workspace with more is searched as far as this. */
const mostFiles = 20_000;
const mostNames = 500;
/** More than anyone writes by hand. */
const largestSourceBytes = 4 * 1024 * 1024;

/** Where the source files of a profile stand in the workspace; those that stand nowhere in it are not there. */
export type SourcePlaces = ReadonlyMap</* as the profile names it */ string, SourceFile>;

export interface SourceFile {
  readonly path: string;
  /** By the end of its path and the functions in it alone: the profile names another place. */
  readonly isGuess: boolean;
}

/**
 * Finds a profile's source files inside the workspace. A profile that names files of the workspace was recorded here, and only those
 * count. Another machine's stand under another root: each is the file whose path ends like it, if there is just one, which has
 * most of the functions that the profile has there.
 */
export async function sourcePlaces(sources: readonly ProfileSource[]): Promise<SourcePlaces> {
  const places = new Map<string, SourceFile>();
  for (const { file } of sources) {
    const path = isAbsolute(file) ? normalize(file) : null;
    if (path !== null && vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path)))
      places.set(file, { path, isGuess: false });
  }
  const isFromHere = places.size > 0;
  const foreign = sources.filter(({ file }) => !places.has(file) && !(isFromHere && isAbsolute(file)));
  const matches = matchingFiles(
    foreign.map(({ file }) => file),
    await namesakes(foreign),
  );
  await Promise.all(
    foreign.map(async ({ file, functions }) => {
      const path = matches.get(file);
      if (path === undefined || places.has(file)) return;
      if ((await isHere(file)) || !(await hasFunctions(path, functions))) return;
      places.set(file, { path, isGuess: true });
    }),
  );
  return places;
}

/** The workspace's own files of the same names. */
async function namesakes(sources: readonly ProfileSource[]): Promise<string[]> {
  const names = new Set(sources.map(({ file }) => segmentsOf(file).at(-1) ?? ''));
  // What means something in a pattern is no name to look for.
  const plain = [...names].filter((name) => /^[\p{L}\p{N}_.@+-]+\.[\p{L}\p{N}]+$/u.test(name)).slice(0, mostNames);
  if (plain.length === 0) return [];
  const pattern = plain.length === 1 ? `**/${plain.join('')}` : `**/{${plain.join(',')}}`;
  const found = await vscode.workspace.findFiles(pattern, '**/{node_modules,.git,.slowpath}/**', mostFiles);
  return found.filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath);
}

/** Whether the path is that of a file on this machine: then it is that one and no other. */
async function isHere(path: string): Promise<boolean> {
  return isAbsolute(path) && (await sizeOf(path)) !== null;
}

async function hasFunctions(path: string, functions: readonly string[]): Promise<boolean> {
  const size = await sizeOf(path);
  if (size === null || size > largestSourceBytes) return false;
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.file(path)));
  return namesFunctions(text, functions);
}

async function sizeOf(path: string): Promise<number | null> {
  return vscode.workspace.fs.stat(vscode.Uri.file(path)).then(
    ({ size }) => size,
    () => null,
  );
}
