import { SlowpathError } from '../errors.ts';
import { readResult, writeResult, type ResultKind } from '../run/resultFile.ts';
import { MATRIX_FORMAT, type Matrix } from './model.ts';
import { matrixSchema } from './schema.ts';

/** Stands in a folder of its own among the runs. */
export const MATRIX_FILE = 'matrix.json';

const kind: ResultKind<Matrix> = { file: MATRIX_FILE, format: MATRIX_FORMAT, schema: matrixSchema };

/** Whole or not at all. @throws SlowpathError RUN_WRITE_FAILED */
export function writeMatrix(dir: string, matrix: Matrix): Promise<void> {
  return writeResult(dir, kind, matrix);
}

/**
 * The matrix in a folder.
 *
 * @throws SlowpathError RUN_NOT_FOUND, RUN_UNREADABLE, RUN_FUTURE_FORMAT
 */
export async function readMatrix(dir: string): Promise<Matrix> {
  const matrix = await readResult(dir, kind);
  if (matrix === null) throw new SlowpathError('RUN_NOT_FOUND', `There is no ${MATRIX_FILE} in ${dir}.`);
  return matrix;
}
