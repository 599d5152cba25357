/** gRPC's status codes by number (grpc/doc/statuscodes.md). */
const names = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

/** A status by its name, e.g. `DEADLINE_EXCEEDED`; a number that gRPC does not know stays one. */
export function grpcStatusName(code: number): string {
  return names[code] ?? `STATUS_${code}`;
}
