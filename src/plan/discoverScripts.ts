import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Candidate } from './candidate.ts';
import { nodeCommandOf } from './nodeCommand.ts';
import { hintsFrom, readSmallText } from './sourceHints.ts';
import { visible } from './visible.ts';

/** Names under which services are started, the likeliest first. */
const scriptNames = ['start', 'serve', 'server', 'start:dev', 'dev', 'start:prod'];
const packageFolders = ['packages', 'apps', 'services'];
const maxPackages = 30;

/** npm scripts of the workspace and of its packages that start Node on a file. */
export async function discoverScripts(workspaceFolder: string): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const folder of ['.', ...(await packagesIn(workspaceFolder))]) {
    const scripts = scriptsIn((await readSmallText(join(workspaceFolder, folder, 'package.json'))) ?? '');
    for (const name of scriptNames) {
      const script = scripts.get(name);
      const start = script === undefined ? null : nodeCommandOf(script);
      if (script === undefined || !start) continue;
      const { port, routes } = await hintsFrom(join(workspaceFolder, folder), start.command);
      found.push({
        source: 'script',
        name: folder === '.' ? name : `${folder.replace(/^.*\//, '')} ${name}`,
        label: `npm script "${name}"${folder === '.' ? '' : ` of ${folder}`}: ${visible(script)}`,
        target: { ...start, cwd: folder },
        port: 'PORT' in start.env ? null : port,
        routes,
      });
    }
  }
  return found;
}

async function packagesIn(workspaceFolder: string): Promise<string[]> {
  const folders: string[] = [];
  for (const parent of packageFolders) {
    const entries = await readdir(join(workspaceFolder, parent), { withFileTypes: true }).catch(() => []);
    folders.push(
      ...entries
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${parent}/${entry.name}`)
        .sort(),
    );
  }
  return folders.slice(0, maxPackages);
}

function scriptsIn(text: string): Map<string, string> {
  try {
    const parsed: unknown = JSON.parse(text);
    const scripts: unknown =
      typeof parsed === 'object' && parsed !== null && 'scripts' in parsed ? parsed.scripts : null;
    if (typeof scripts !== 'object' || scripts === null) return new Map();
    return new Map(Object.entries(scripts).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return new Map();
  }
}
