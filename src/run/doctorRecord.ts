import { join } from 'node:path';
import * as z from 'zod/mini';
import type { MachineFigures } from '../load/doctor/figures.ts';
import type { Examination } from './doctor.ts';
import { host, number, runName, text, time } from './manifestParts.ts';
import { createRunFolder, prepareRunsDir } from './folder.ts';
import { readResult, writeResult, type ResultKind } from './resultFile.ts';

const DOCTOR_FORMAT = 1;

/** `doctor.json`: what a machine's examination measured; what follows from it is worked out when it is opened. */
export interface DoctorRecord {
  readonly format: typeof DOCTOR_FORMAT;
  /** Also the folder's name. */
  readonly id: string;
  /** ISO 8601 wall-clock time of the end. */
  readonly startedAt: string;
  readonly examination: Examination;
}

const figure = z.nullable(number);
const quantiles = { count: number, p50: figure, p99: figure, 'p99.9': figure, max: figure };
const trial = z.object({ p50: figure, p99: figure });
const figures: z.ZodMiniType<MachineFigures> = z.object({
  tcp: z.object({ ...quantiles, lost: number }),
  udp: z.object({ ...quantiles, lost: number }),
  timerLag: z.object(quantiles),
  pacerLag: z.object(quantiles),
  gaps: z.object({ windowUs: number, count: number, totalUs: number, longestUs: number }),
  pairs: z.array(z.object({ before: trial, after: trial })).check(z.maxLength(1000)),
  throttledPeriods: figure,
  stealShare: figure,
});
const kind: ResultKind<DoctorRecord> = {
  file: 'doctor.json',
  format: DOCTOR_FORMAT,
  schema: z.object({
    format: z.literal(DOCTOR_FORMAT),
    id: runName,
    startedAt: time,
    examination: z.object({
      facts: z.object({
        host,
        usableCores: number,
        governor: text,
        cpuLimit: figure,
        loadAverage: figure,
        clockSource: z.nullable(text),
        perfRefusal: z.nullable(text),
      }),
      figures,
      swappedPages: figure,
    }),
  }),
};

/** null if the folder holds no examination. @throws SlowpathError RUN_UNREADABLE, RUN_FUTURE_FORMAT */
export function readDoctor(dir: string): Promise<DoctorRecord | null> {
  return readResult(dir, kind);
}

/** Keeps an examination in a new folder among the runs. @throws SlowpathError RUN_WRITE_FAILED */
export async function keepDoctor(
  runsDir: string,
  examination: Examination,
): Promise<{ readonly dir: string; readonly record: DoctorRecord }> {
  const startedAt = new Date();
  await prepareRunsDir(runsDir);
  const { id } = await createRunFolder(runsDir, 'machine check', startedAt);
  const dir = join(runsDir, id);
  const record: DoctorRecord = { format: DOCTOR_FORMAT, id, startedAt: startedAt.toISOString(), examination };
  await writeResult(dir, kind, record);
  return { dir, record };
}
