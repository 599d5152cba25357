import { basename, resolve } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { visible } from '../plan/visible.ts';
import { importProfileFile } from '../profile/importFile.ts';
import { latencyLogJson, latencyLogTable } from '../report/latencyLog.ts';
import { profileJson, profileTable } from '../report/profileReport.ts';
import { packProfile } from '../run/pack.ts';
import type { Command } from './command.ts';
import { checkHtmlFile, writePage } from './htmlFile.ts';
import { readLatencyFile } from './latencyFile.ts';
import { shownPath } from './places.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Opens a profile of any known format: its functions as a table or as JSON, or all of it as one page. Of latencies that HdrHistogram
 * recorded, the quantiles.
 */
export async function importCommand(
  { file, type, json, html }: Extract<Command, { name: 'import' }>,
  { terminal, cwd }: Surroundings,
): Promise<void> {
  const path = resolve(cwd, file);
  const page = html === undefined ? null : resolve(cwd, html);
  // Before the reading, which may take long.
  if (page !== null) await checkHtmlFile(page);
  const showPath = (each: string): string => shownPath(each, cwd);
  const series = await readLatencyFile(path);
  if (series) {
    const unfit = type !== undefined ? '--type' : page !== null ? '--html' : null;
    if (unfit !== null)
      throw new SlowpathError(
        'USAGE',
        `${visible(showPath(path), 500)} holds latencies and no profile; leave ${unfit} out.`,
      );
    terminal.out(
      json
        ? `${JSON.stringify(latencyLogJson(path, series), null, 2)}\n`
        : latencyLogTable(path, series, { paint: terminal.paintOut, showPath }),
    );
    return;
  }
  const onRemark = (remark: string): void => terminal.err(`${visible(remark, 1000)}\n`);
  const profile = await importProfileFile(path, { type, onRemark });
  if (json) terminal.out(`${JSON.stringify(profileJson(path, profile), null, 2)}\n`);
  if (page !== null) {
    await writePage(page, basename(path), packProfile(profile));
    terminal.err(`wrote ${visible(shownPath(page, cwd), 500)}\n`);
  } else if (!json) {
    terminal.out(profileTable(path, profile, { width: terminal.width, paint: terminal.paintOut, showPath }));
  }
}
