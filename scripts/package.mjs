/** Packs the built extension into slowpath.vsix and holds it to its size limit. */
import { createVSIX } from '@vscode/vsce';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const limitBytes = 4 * 1024 * 1024;
const vsix = join(root, 'slowpath.vsix');

await createVSIX({
  cwd: root,
  packagePath: vsix,
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
});
const bytes = statSync(vsix).size;
process.stdout.write(`slowpath.vsix: ${(bytes / 1024 / 1024).toFixed(2)} MB\n`);
if (bytes > limitBytes) {
  process.stderr.write(`slowpath.vsix is over its limit of ${limitBytes / 1024 / 1024} MB\n`);
  process.exitCode = 1;
}
