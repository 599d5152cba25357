import { join } from 'node:path';
import * as z from 'zod/mini';
import { SlowpathError } from '../errors.ts';
import { damaged, fieldFault } from './damaged.ts';
import { readPlainFile } from './plainFiles.ts';
import { writeWholeJson } from './wholeFile.ts';

/**
 * What stands in a folder of its own among the runs without being one: the result of several runs, or of none. One JSON file
 * with the version of its format; older releases, which look for `run.json`, pass such a folder over.
 */
export interface ResultKind<T> {
  /** e.g. `capacity.json`. */
  readonly file: string;
  readonly format: number;
  readonly schema: z.ZodMiniType<T>;
}

const MAX_RESULT_BYTES = 32 * 1024 * 1024;

/**
 * The result in a folder; null if there is none of this kind.
 *
 * @throws SlowpathError RUN_UNREADABLE, RUN_FUTURE_FORMAT
 */
export async function readResult<T>(dir: string, { file, format, schema }: ResultKind<T>): Promise<T | null> {
  const bytes = await readPlainFile(join(dir, file), MAX_RESULT_BYTES);
  if (bytes === null) return null;
  if (typeof bytes === 'string')
    throw new SlowpathError('RUN_UNREADABLE', `${file} in ${dir} can't be read: ${bytes}.`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw damaged(dir, file, 'it is not JSON', { whole: 'its folder', cause: error });
  }
  const head = z.object({ format: z.number() }).safeParse(value);
  if (head.success && head.data.format > format) {
    throw new SlowpathError(
      'RUN_FUTURE_FORMAT',
      `${file} in ${dir} was recorded by a newer Slowpath (format ${head.data.format}); update Slowpath to open it.`,
    );
  }
  const result = schema.safeParse(value);
  if (!result.success) throw damaged(dir, file, fieldFault(result.error.issues), { whole: 'its folder' });
  return result.data;
}

/** Whole or not at all, however often it is written anew. @throws SlowpathError RUN_WRITE_FAILED */
export function writeResult<T>(dir: string, { file }: ResultKind<T>, result: T): Promise<void> {
  return writeWholeJson(dir, file, result);
}
