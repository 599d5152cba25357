import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pagePath } from '../bundles.ts';
import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { Profiled } from '../profileScenario.ts';
import { standaloneHtml } from '../report/html.ts';
import { packRun } from '../run/pack.ts';

/** What a report of ours has within its first bytes. */
const MARK = 'id="slowpath-data"';
const HEAD = '<html lang="en" class="standalone">';

/**
 * Makes sure a report can be written there, before a long run: the folder is there, and a file that exists is a report.
 *
 * @throws SlowpathError USAGE
 */
export async function checkHtmlFile(file: string): Promise<void> {
  const folder = await stat(dirname(file)).catch(() => null);
  if (!folder?.isDirectory())
    throw new SlowpathError('USAGE', `There is no folder ${dirname(file)} to write the report to; make it first.`);
  const facts = await stat(file).catch(() => null);
  if (facts === null) return;
  if (!facts.isFile() || !(await isReport(file))) {
    throw new SlowpathError(
      'USAGE',
      `${file} exists and is not a Slowpath report, so it is not replaced; choose another name.`,
    );
  }
}

/**
 * Writes a run as one self-contained page, whole or not at all.
 *
 * @throws SlowpathError USAGE, RUN_WRITE_FAILED
 */
export async function writeHtml(file: string, { run, findings }: Profiled): Promise<void> {
  await writePage(file, run.manifest.scenario.name, packRun(run, findings));
}

/**
 * Writes a packed run or profile as one self-contained page, whole or not at all.
 *
 * @throws SlowpathError USAGE, RUN_WRITE_FAILED
 */
export async function writePage(file: string, title: string, packed: ArrayBuffer): Promise<void> {
  await checkHtmlFile(file);
  const [js, css, controls] = await Promise.all(
    (['report.js', 'report.css', 'controls.js'] as const).map((name) => readFile(pagePath(name), 'utf8')),
  );
  const html = standaloneHtml({
    title,
    packed,
    page: { js: js ?? '', css: css ?? '', controls: controls ?? '' },
  });
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    await writeFile(draft, html, { flag: 'wx' });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    const why = asSlowpathError(error).message;
    throw new SlowpathError(
      'RUN_WRITE_FAILED',
      `The report can't be written to ${file} (${why}); choose another place.`,
      { cause: error },
    );
  }
}

async function isReport(file: string): Promise<boolean> {
  await using handle = await open(file, 'r');
  const { size } = await handle.stat();
  if (size === 0) return true;
  const head = Buffer.alloc(512);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  if (!head.toString('utf8', 0, bytesRead).includes(HEAD)) return false;
  return (await readFile(file, 'utf8')).includes(MARK);
}
