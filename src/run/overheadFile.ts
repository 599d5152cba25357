import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { CollectorFacts } from '../target/target.ts';
import { text } from './manifestParts.ts';
import type { Manifest } from './model.ts';
import { overheadSchema, type OverheadFacts } from './overheadFacts.ts';
import { writeWholeJson } from './wholeFile.ts';

/** Beside the runs: what was measured last for each scenario, machine and set of collectors, newest first. */
const FILE = 'overhead.json';
const MOST_ENTRIES = 100;
const fileSchema = z.object({
  format: z.literal(1),
  measured: z.array(z.object({ key: text, overhead: overheadSchema })),
});

/** The overhead measured for what watched this run, or null if none was. A file that can't be read has none. */
export async function knownOverhead(
  runsDir: string,
  manifest: Pick<Manifest, 'scenario' | 'host' | 'collectors'>,
): Promise<OverheadFacts | null> {
  if (manifest.collectors.length === 0) return null;
  const key = keyOf(manifest);
  return (await readAll(runsDir)).find((each) => each.key === key)?.overhead ?? null;
}

/** Keeps a measured overhead for the runs to come; `manifest` is of a watched run of it. */
export async function rememberOverhead(
  runsDir: string,
  manifest: Pick<Manifest, 'scenario' | 'host' | 'collectors'>,
  overhead: OverheadFacts,
): Promise<void> {
  const key = keyOf(manifest);
  const others = (await readAll(runsDir)).filter((each) => each.key !== key);
  const measured = [{ key, overhead }, ...others].slice(0, MOST_ENTRIES);
  await writeWholeJson(runsDir, FILE, { format: 1, measured });
}

/** Another machine, runtime, scenario, collector or interval is another overhead. */
function keyOf({ scenario, host, collectors }: Pick<Manifest, 'scenario' | 'host' | 'collectors'>): string {
  const watching = collectors.map(({ target, collector, intervalUs }: CollectorFacts) =>
    [target, collector, intervalUs ?? '-'].join('/'),
  );
  return [scenario.name, host.fingerprint, ...watching.sort()].join(' ');
}

async function readAll(runsDir: string): Promise<readonly z.infer<typeof fileSchema>['measured'][number][]> {
  try {
    const read = fileSchema.safeParse(JSON.parse(await readFile(join(runsDir, FILE), 'utf8')));
    return read.success ? read.data.measured : [];
  } catch {
    return [];
  }
}
