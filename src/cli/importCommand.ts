import { basename, resolve } from 'node:path';
import { visible } from '../plan/visible.ts';
import { importProfileFile } from '../profile/importFile.ts';
import { profileJson, profileTable } from '../report/profileReport.ts';
import { packProfile } from '../run/pack.ts';
import type { Command } from './arguments.ts';
import { checkHtmlFile, writePage } from './htmlFile.ts';
import { shownPath } from './places.ts';
import type { Surroundings } from './surroundings.ts';

/** Opens a profile of any known format: its functions as a table or as JSON, or all of it as one page. */
export async function importCommand(
  { file, type, json, html }: Extract<Command, { name: 'import' }>,
  { terminal, cwd }: Surroundings,
): Promise<void> {
  const path = resolve(cwd, file);
  const page = html === undefined ? null : resolve(cwd, html);
  // Before the reading, which may take long.
  if (page !== null) await checkHtmlFile(page);
  const profile = await importProfileFile(path, { type });
  if (json) terminal.out(`${JSON.stringify(profileJson(path, profile), null, 2)}\n`);
  if (page !== null) {
    await writePage(page, basename(path), packProfile(profile));
    terminal.err(`wrote ${visible(shownPath(page, cwd), 500)}\n`);
  } else if (!json) {
    const showPath = (each: string): string => shownPath(each, cwd);
    terminal.out(profileTable(path, profile, { width: terminal.width, paint: terminal.paintOut, showPath }));
  }
}
