import { SlowpathError } from '../errors.ts';

/** What is said of a file of ours that no longer holds what was written: what is wrong, and that nothing else mends it. */
export function damaged(
  dir: string,
  file: string,
  fault: string,
  { whole = 'the run', cause }: { readonly whole?: 'the run' | 'its folder'; readonly cause?: unknown } = {},
): SlowpathError {
  return new SlowpathError(
    'RUN_UNREADABLE',
    `${file} in ${dir} is damaged: ${fault}; restore the file or delete ${whole}.`,
    { cause },
  );
}

/** The field that a schema's fault names first, as far as a person wants to read it. */
export function fieldFault(issues: readonly { readonly path: readonly PropertyKey[] }[]): string {
  const field = issues[0]?.path.slice(0, 6).map(String).join('.') ?? '';
  return `"${field.slice(0, 100)}" is not what it should be`;
}
