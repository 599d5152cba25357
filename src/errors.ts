/**
 * The one error family of the product (architecture, law 8). The code's first word says whose fault it was and decides
 * the exit code; the message says what is wrong, where, and what to do next; `cause` keeps the original.
 */
export type ErrorCode =
  | 'PLAN_NOT_FOUND'
  | 'PLAN_SYNTAX'
  | 'PLAN_INVALID'
  | 'PLAN_UNKNOWN_SCENARIO'
  | 'PLAN_TOO_LARGE'
  | 'PLAN_REMOTE_REFUSED'
  | 'USAGE'
  | 'TARGET_COMMAND_NOT_FOUND'
  | 'TARGET_BUILD_FAILED'
  | 'TARGET_EXITED'
  | 'TARGET_NOT_READY'
  | 'TARGET_PORT_IN_USE'
  | 'TARGET_FLOODED'
  | 'TARGET_ATTACH_FAILED'
  | 'TARGET_PROFILE_FAILED'
  | 'TARGET_PROFILER_MISSING'
  | 'LOAD_FAILED'
  | 'RUN_NOT_FOUND'
  | 'RUN_UNREADABLE'
  | 'RUN_FUTURE_FORMAT'
  | 'RUN_WRITE_FAILED'
  | 'RUN_BUSY'
  | 'FORMAT_UNKNOWN'
  | 'FORMAT_MALFORMED'
  | 'FORMAT_TOO_LARGE'
  | 'CANCELLED'
  | 'INTERNAL';

export class SlowpathError extends Error {
  readonly code: ErrorCode;

  /** @param message one sentence: what is wrong, where, and how to mend it. */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SlowpathError';
    this.code = code;
  }
}

/** Any thrown value as a SlowpathError, so that no stack trace reaches a user. A SlowpathError passes unchanged. */
export function asSlowpathError(error: unknown, code: ErrorCode = 'INTERNAL'): SlowpathError {
  if (error instanceof SlowpathError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new SlowpathError('CANCELLED', 'Cancelled.', { cause: error });
  }
  return new SlowpathError(code, messageOf(error), { cause: error });
}

/** What any thrown value says, as part of a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
