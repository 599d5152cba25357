import { resolve } from 'node:path';
import { visible } from '../plan/visible.ts';
import { checkExportFile, writeExport, writeExportFile } from '../report/exportFile.ts';
import { exportExtensions } from '../report/exportFormats.ts';
import { exported } from '../report/exporting.ts';
import { SlowpathError } from '../errors.ts';
import type { Command } from './command.ts';
import { readerLeft } from './outlet.ts';
import { shownPath } from './places.ts';
import { openSource } from './profileSource.ts';
import type { Surroundings } from './surroundings.ts';

/** Writes a run or a profile file in another tool's format: to a file, beside it by default, or to standard output (`-`). */
export async function exportCommand(
  command: Extract<Command, { name: 'export' }>,
  { terminal, cwd, signal }: Surroundings,
): Promise<void> {
  const { format, view, force } = command;
  const given = command.file === undefined || command.file === '-' ? null : resolve(cwd, command.file);
  // Before the reading, which may take long.
  if (given !== null && !force) await checkExportFile(given, format);
  const { source, path, stem } = await openSource(command.of, command.runs, cwd);
  const result = exported(source, format, view);
  if (command.file === '-') {
    await writeExport(terminal.stdout, result, signal, false).catch((error: unknown) => {
      // `slowpath export … --out - | head` has what it wants.
      if (!readerLeft(error)) throw error;
    });
    return;
  }
  const file = given ?? `${stem}${exportExtensions[format]}`;
  if (file === path) {
    throw new SlowpathError('USAGE', `The export would replace ${path} itself; name another file with --out.`);
  }
  if (given === null && !force) await checkExportFile(file, format);
  await writeExportFile(file, result, signal);
  terminal.err(`wrote ${visible(shownPath(file, cwd), 500)}\n`);
}
