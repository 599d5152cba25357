import { basename, isAbsolute, join, relative } from 'node:path';
import * as z from 'zod/mini';
import type { Candidate } from './candidate.ts';
import { parseDocument } from './document.ts';
import { hintsFrom, readSmallText } from './sourceHints.ts';
import { valueOf } from './values.ts';
import { visible } from './visible.ts';

const texts = z.catch(z.array(z.string()), []);

/** The keys we use of VS Code's Node launch configurations. */
const configuration = z.object({
  name: z.catch(z.string(), 'launch'),
  type: z.enum(['node', 'pwa-node', 'node-terminal']),
  request: z.literal('launch'),
  program: z.string(),
  args: texts,
  runtimeArgs: texts,
  cwd: z.catch(z.string(), ''),
  env: z.catch(z.record(z.string(), z.string()), {}),
});

/** Node launch configurations of `.vscode/launch.json` that start a file of the workspace. */
export async function discoverLaunches(workspaceFolder: string): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const given of configurationsIn((await readSmallText(join(workspaceFolder, '.vscode/launch.json'))) ?? '')) {
    const parsed = configuration.safeParse(given);
    if (!parsed.success) continue;
    const { name, program, args, runtimeArgs, cwd: givenCwd, env } = parsed.data;
    const cwd = inWorkspace(givenCwd, workspaceFolder) ?? '.';
    const fromWorkspace = inWorkspace(program, workspaceFolder);
    // Other variables (`${file}`, `${input:…}`) have a value only while debugging.
    if (
      fromWorkspace === null ||
      fromWorkspace === '.' ||
      [...args, ...runtimeArgs, ...Object.values(env)].some((text) => text.includes('${'))
    )
      continue;
    const command = slashes(relative(join(workspaceFolder, cwd), join(workspaceFolder, fromWorkspace)));
    const { port, routes } = await hintsFrom(workspaceFolder, fromWorkspace);
    found.push({
      source: 'launch',
      name: name || basename(program),
      label: `launch configuration "${visible(name)}": ${visible(program)}`,
      target: { command, args, runtimeArgs, cwd, env },
      port: 'PORT' in env ? null : port,
      routes,
    });
  }
  return found;
}

function configurationsIn(text: string): unknown[] {
  const { root } = parseDocument(text);
  const value = root && valueOf(root, text).value;
  const all: unknown =
    typeof value === 'object' && value !== null && 'configurations' in value ? value.configurations : null;
  return Array.isArray(all) ? all : [];
}

/** A path relative to the workspace, or null if it leads out of it or holds a variable. */
function inWorkspace(path: string, workspaceFolder: string): string | null {
  const plain = path.replace(/^\$\{workspace(?:Folder|Root)\}/, workspaceFolder);
  if (plain.includes('${') || plain.includes('\0')) return null;
  const inside = relative(workspaceFolder, isAbsolute(plain) ? plain : join(workspaceFolder, plain));
  return /^\.\.([\\/]|$)/.test(inside) || isAbsolute(inside) ? null : slashes(inside) || '.';
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}
