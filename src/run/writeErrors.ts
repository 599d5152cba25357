import { messageOf, SlowpathError } from '../errors.ts';

/** The system's code (`ENOSPC`) of a failed call, looked for through the causes; null if none of them has one. */
export function systemCode(error: unknown): string | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string' && /^E[A-Z0-9]+$/.test(current.code)) return current.code;
  }
  return null;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EROFS: 'the file system is read-only; make it writable',
  EACCES: 'permission is denied; grant write access',
  EPERM: 'permission is denied; grant write access',
  ENOTDIR: 'a file stands where a folder is needed; remove it',
  EEXIST: 'a file stands where a folder is needed; remove it',
  EFBIG: 'a file would grow beyond the size limit; raise it (ulimit -f)',
  EIO: 'the disk reports an error; check it',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  ENOENT: 'the folder is gone; make it again',
  ENAMETOOLONG: 'the path is too long; shorten it',
};

/** Whether it was the disk that failed, not the program. */
export function isWriteFailure(error: unknown): boolean {
  if (error instanceof SlowpathError && error.code === 'RUN_WRITE_FAILED') return true;
  const code = systemCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS' || code === 'EFBIG' || code === 'EIO';
}

/**
 * What to tell a person whose run could not be written.
 *
 * @param kept names of what was saved all the same.
 */
export function writeFailed(folder: string, error: unknown, kept: readonly string[] = []): SlowpathError {
  const saved = kept.length > 0 ? ` Kept in ${folder}: ${kept.join(', ')}.` : '';
  if (error instanceof SlowpathError && error.code === 'RUN_WRITE_FAILED') {
    return saved === '' ? error : new SlowpathError(error.code, error.message + saved, { cause: error });
  }
  const code = systemCode(error);
  const reason = (code === null ? undefined : REASONS[code]) ?? messageOf(error);
  const text = `Can't write the run to ${folder}: ${reason}, or record elsewhere with --out DIR.${saved}`;
  return new SlowpathError('RUN_WRITE_FAILED', text, { cause: error });
}
