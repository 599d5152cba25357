import { join } from 'node:path';
import * as z from 'zod/mini';
import type { HostFacts } from '../run/model.ts';
import { hostFacts } from '../run/host.ts';
import { createRunFolder, prepareRunsDir } from '../run/folder.ts';
import { host, runName, time } from '../run/manifestParts.ts';
import { readResult, writeResult, type ResultKind } from '../run/resultFile.ts';
import type { Level } from './level.ts';
import { kneeOf, type SearchRange, type SearchResult } from './search.ts';

const CAPACITY_FORMAT = 1;

/** `capacity.json`: a search for the knee, written anew after each level, so that it opens however it ended. */
export interface CapacityRecord {
  readonly format: typeof CAPACITY_FORMAT;
  /** Also the folder's name. */
  readonly id: string;
  /** ISO 8601 wall-clock time of the start. */
  readonly startedAt: string;
  /** null while it goes on, and for good if its process was killed. */
  readonly ended: 'complete' | 'cancelled' | 'failed' | null;
  /** Why it failed, for a person; null unless it did. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly scenario: string;
  /** The plan's folder. */
  readonly workspaceFolder: string;
  readonly planFile: string;
  readonly range: SearchRange;
  readonly host: HostFacts;
  /** In the order they were measured; each is a run beside this folder. */
  readonly levels: readonly Level[];
}

const text = z.string().check(z.maxLength(100_000));
const positive = z.number().check(z.positive());
const figure = z.nullable(z.number());
const level: z.ZodMiniType<Level> = z.object({
  ratePerSecond: positive,
  achieved: figure,
  latencyUs: z.object({ p50: figure, p99: figure, 'p99.9': figure }),
  errors: figure,
  outcome: z.enum(['good', 'slo', 'saturation', 'generator']),
  reasons: z.array(text).check(z.maxLength(100)),
  run: runName,
  isRepeat: z.boolean(),
  targetCores: figure,
  busiestThread: z.nullable(z.object({ name: text, share: z.number() })),
  generatorShare: figure,
  floorUs: figure,
  objectives: z
    .array(z.object({ expr: text, quantile: figure, boundUs: figure, pass: z.boolean() }))
    .check(z.maxLength(100)),
});
const kind: ResultKind<CapacityRecord> = {
  file: 'capacity.json',
  format: CAPACITY_FORMAT,
  schema: z.object({
    format: z.literal(CAPACITY_FORMAT),
    id: runName,
    startedAt: time,
    ended: z.nullable(z.enum(['complete', 'cancelled', 'failed'])),
    error: z.nullable(z.object({ code: text, message: text })),
    scenario: text,
    workspaceFolder: text,
    planFile: text,
    range: z.object({ fromPerSecond: positive, toPerSecond: positive, steps: positive }),
    host,
    levels: z.array(level).check(z.maxLength(1000)),
  }),
};

/** @throws SlowpathError RUN_UNREADABLE, RUN_FUTURE_FORMAT; null if the folder holds no search. */
export function readCapacity(dir: string): Promise<CapacityRecord | null> {
  return readResult(dir, kind);
}

/** The record of a search that begins now, in a new folder among the runs. @throws SlowpathError RUN_WRITE_FAILED */
export async function newCapacity(
  runsDir: string,
  about: Pick<CapacityRecord, 'scenario' | 'workspaceFolder' | 'planFile' | 'range'>,
): Promise<{ readonly dir: string; readonly record: CapacityRecord }> {
  const startedAt = new Date();
  await prepareRunsDir(runsDir);
  const { id } = await createRunFolder(runsDir, `capacity ${about.scenario}`, startedAt);
  const dir = join(runsDir, id);
  const record: CapacityRecord = {
    format: CAPACITY_FORMAT,
    id,
    startedAt: startedAt.toISOString(),
    ended: null,
    error: null,
    ...about,
    host: await hostFacts([]),
    levels: [],
  };
  await writeCapacity(dir, record);
  return { dir, record };
}

/** @throws SlowpathError RUN_WRITE_FAILED */
export function writeCapacity(dir: string, record: CapacityRecord): Promise<void> {
  return writeResult(dir, kind, record);
}

/** What the levels tell; of a search that did not come to its end, so far. */
export function searchResultOf({ levels, ended }: Pick<CapacityRecord, 'levels' | 'ended'>): SearchResult<Level> {
  return { knee: kneeOf(levels), levels, cancelled: ended !== 'complete' };
}
