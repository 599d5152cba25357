import type { ErrorCode } from '../errors.ts';
import type { Manifest } from '../run/model.ts';

export const ExitCode = {
  good: 0,
  sloMissed: 1,
  usage: 2,
  targetFailed: 3,
  invalid: 4,
  cancelled: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Whose fault it was decides: the caller's (what was asked, or where to), a target's, or the measurement's. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  if (code.startsWith('TARGET_')) return ExitCode.targetFailed;
  if (code === 'CANCELLED') return ExitCode.cancelled;
  if (code === 'LOAD_FAILED' || code === 'INTERNAL') return ExitCode.invalid;
  return ExitCode.usage;
}

/** Fails closed: only a valid, complete measurement that met every objective is good. */
export function exitCodeOfRun({ state, verdict, summary }: Manifest): ExitCode {
  if (state === 'cancelled') return ExitCode.cancelled;
  if (state === 'failed') return ExitCode.targetFailed;
  if (state !== 'complete' || !verdict?.valid || !summary) return ExitCode.invalid;
  return summary.slo.every(({ pass }) => pass) ? ExitCode.good : ExitCode.sloMissed;
}
