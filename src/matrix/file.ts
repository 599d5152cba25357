import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { SlowpathError } from '../errors.ts';
import { readPlainFile } from '../run/plainFiles.ts';
import { writeFailed } from '../run/writeErrors.ts';
import { MATRIX_FORMAT, type Matrix } from './model.ts';
import { matrixSchema } from './schema.ts';

/** Stands in a folder of its own among the runs. */
export const MATRIX_FILE = 'matrix.json';
const MAX_BYTES = 32 * 1024 * 1024;

/** Whole or not at all: written beside it and renamed over it. @throws SlowpathError RUN_WRITE_FAILED */
export async function writeMatrix(dir: string, matrix: Matrix): Promise<void> {
  const draft = join(dir, `${MATRIX_FILE}.tmp`);
  try {
    await writeFile(draft, `${JSON.stringify(matrix, null, 2)}\n`);
    await rename(draft, join(dir, MATRIX_FILE));
  } catch (error) {
    await rm(draft, { force: true });
    throw writeFailed(dir, error);
  }
}

/**
 * The matrix in a folder.
 *
 * @throws SlowpathError RUN_NOT_FOUND, RUN_UNREADABLE, RUN_FUTURE_FORMAT
 */
export async function readMatrix(dir: string): Promise<Matrix> {
  const bytes = await readPlainFile(join(dir, MATRIX_FILE), MAX_BYTES);
  if (bytes === null) throw new SlowpathError('RUN_NOT_FOUND', `There is no ${MATRIX_FILE} in ${dir}.`);
  if (typeof bytes === 'string')
    throw new SlowpathError('RUN_UNREADABLE', `${MATRIX_FILE} in ${dir} can't be read: ${bytes}.`);
  const value = parsed(bytes, dir);
  const head = z.object({ format: z.number() }).safeParse(value);
  if (head.success && head.data.format > MATRIX_FORMAT) {
    throw new SlowpathError(
      'RUN_FUTURE_FORMAT',
      `${MATRIX_FILE} in ${dir} was written by a newer Slowpath (format ${head.data.format}, this one knows ${MATRIX_FORMAT}); update Slowpath to open it.`,
    );
  }
  const result = matrixSchema.safeParse(value);
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.slice(0, 6).join('.') ?? '';
  throw new SlowpathError(
    'RUN_UNREADABLE',
    `${MATRIX_FILE} in ${dir} is damaged: "${field.slice(0, 100)}" is not what it should be.`,
  );
}

function parsed(bytes: Uint8Array, dir: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new SlowpathError('RUN_UNREADABLE', `${MATRIX_FILE} in ${dir} is damaged: it is not JSON.`, { cause: error });
  }
}
