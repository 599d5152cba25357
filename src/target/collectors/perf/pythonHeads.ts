import { readFile, stat } from 'node:fs/promises';

const MAX_SOURCE_BYTES = 4 * 1024 * 1024;

/**
 * Where Python functions begin: perf is told a function's qualified name and its file, not its line.
 *
 * @returns by qualified name (`Runner.run`, `main.<locals>.inner`), each the 1-based line of its `def` or `class`.
 */
export async function pythonHeads(file: string): Promise<ReadonlyMap<string, number>> {
  const facts = await stat(file).catch(() => null);
  if (!facts?.isFile() || facts.size > MAX_SOURCE_BYTES) return new Map();
  return headsIn(await readFile(file, 'utf8').catch(() => ''));
}

/** Nesting goes by indentation alone: a head inside a text in triple quotes is found too, and harms nobody. */
export function headsIn(source: string): ReadonlyMap<string, number> {
  const heads = new Map<string, number>();
  const open: { readonly indent: number; readonly name: string; readonly isClass: boolean }[] = [];
  for (const [index, line] of source.split('\n').entries()) {
    const block = /^([ \t]*)(?:if|elif|else|try|except|finally|for|while|with|match)\b/.exec(line);
    if (block) while ((open.at(-1)?.indent ?? -1) >= (block[1] ?? '').length) open.pop();
    const [, space, keyword, name] = /^([ \t]*)(?:async[ \t]+)?(def|class)[ \t]+(\w+)/u.exec(line) ?? [];
    if (space === undefined || keyword === undefined || name === undefined) continue;
    while ((open.at(-1)?.indent ?? -1) >= space.length) open.pop();
    const around = open.map((each) => (each.isClass ? `${each.name}.` : `${each.name}.<locals>.`)).join('');
    open.push({ indent: space.length, name, isClass: keyword === 'class' });
    // A second one of that name is the one that counts when the file has run.
    heads.set(`${around}${name}`, index + 1);
  }
  return heads;
}
