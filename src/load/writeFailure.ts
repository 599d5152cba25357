import { messageOf, SlowpathError } from '../errors.ts';

/** What went wrong while files were written, as an error for people: the disk's fault where the file system gave a code, else our own. */
export function writeFailure(error: unknown, dir: string): SlowpathError {
  if (error instanceof SlowpathError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const why = messageOf(error);
  if (code === undefined) return new SlowpathError('LOAD_FAILED', `The recorder failed: ${why}.`, { cause: error });
  const advice = code === 'ENOSPC' ? 'free some space' : 'check that the folder can be written';
  return new SlowpathError('RUN_WRITE_FAILED', `Cannot write the load's files in ${dir} (${why}); ${advice}.`, {
    cause: error,
  });
}
