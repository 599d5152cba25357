import { join } from 'node:path';
import * as z from 'zod/mini';
import { SlowpathError } from '../errors.ts';
import { readPlainFile } from './plainFiles.ts';
import { writeWholeJson } from './wholeFile.ts';

const FINDINGS_FILE = 'findings.json';
const FINDINGS_FORMAT = 1;
const MAX_FINDINGS_BYTES = 32 * 1024 * 1024;

/** What the advice hands over, as stored; this room only keeps it (architecture, law 2). */
const findingSchema = z.object({
  rule: z.string(),
  severity: z.enum(['error', 'warning', 'info', 'hint']),
  title: z.string(),
  explanation: z.string(),
  suggestion: z.string(),
  file: z.nullable(z.string()),
  line: z.nullable(z.number()),
  evidence: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  score: z.number(),
  source: z.string(),
});
export type StoredFinding = z.infer<typeof findingSchema>;

/**
 * The findings of a run; null if none were worked out (it was cut short) or they can't be read: then they can be worked out
 * again from the run.
 *
 * @throws SlowpathError RUN_FUTURE_FORMAT
 */
export async function readStoredFindings(dir: string): Promise<StoredFinding[] | null> {
  const bytes = await readPlainFile(join(dir, FINDINGS_FILE), MAX_FINDINGS_BYTES);
  if (bytes === null || typeof bytes === 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
  const head = z.object({ format: z.number() }).safeParse(value);
  if (head.success && head.data.format > FINDINGS_FORMAT) {
    throw new SlowpathError(
      'RUN_FUTURE_FORMAT',
      `The findings in ${dir} were recorded by a newer Slowpath (format ${head.data.format}); update Slowpath to open them.`,
    );
  }
  const stored = z.object({ findings: z.array(findingSchema) }).safeParse(value);
  return stored.success ? stored.data.findings : null;
}

/** The same, with none where there are none to read. @throws SlowpathError RUN_FUTURE_FORMAT */
export async function readFindings(dir: string): Promise<StoredFinding[]> {
  return (await readStoredFindings(dir)) ?? [];
}

/** Whole or not at all. @throws SlowpathError RUN_WRITE_FAILED */
export function writeFindings(dir: string, findings: readonly object[]): Promise<void> {
  return writeWholeJson(dir, FINDINGS_FILE, { format: FINDINGS_FORMAT, findings });
}
