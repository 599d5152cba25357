import * as vscode from 'vscode';
import { basename } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { visible } from '../plan/visible.ts';
import type { FileBytes } from './analysisMessages.ts';

/** A file as its reader takes it: by its path where it is on disk. @throws SlowpathError FORMAT_UNKNOWN, FORMAT_TOO_LARGE */
export async function readBytes(
  uri: vscode.Uri,
  largestBytes: number,
): Promise<{ readonly file: FileBytes; readonly size: number }> {
  const name = visible(basename(uri.path));
  const { size } = await vscode.workspace.fs.stat(uri).then(
    (stat) => stat,
    (error: unknown) => {
      throw new SlowpathError('FORMAT_UNKNOWN', vscode.l10n.t('{0} cannot be read.', name), { cause: error });
    },
  );
  if (size > largestBytes) {
    throw new SlowpathError(
      'FORMAT_TOO_LARGE',
      vscode.l10n.t(
        '{0} has {1} MB; files up to {2} MB open.',
        name,
        Math.round(size / 1048576),
        largestBytes / 1048576,
      ),
    );
  }
  const file = uri.scheme === 'file' ? { path: uri.fsPath } : { name, bytes: await vscode.workspace.fs.readFile(uri) };
  return { file, size };
}
