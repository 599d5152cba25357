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

/** The codes that a client gives itself. */
export const GrpcStatus = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** A status by its name, e.g. `DEADLINE_EXCEEDED`; a number that gRPC does not know stays one. */
export function grpcStatusName(code: number): string {
  return names[code] ?? `STATUS_${code}`;
}

/** What an answer without `grpc-status` counts as, by its HTTP status (grpc/doc/http-grpc-status-mapping.md). */
export function statusOfHttp(httpStatus: number): number {
  switch (httpStatus) {
    case 400:
      return GrpcStatus.internal;
    case 401:
      return GrpcStatus.unauthenticated;
    case 403:
      return GrpcStatus.permissionDenied;
    case 404:
      return GrpcStatus.unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return GrpcStatus.unavailable;
    default:
      return GrpcStatus.unknown;
  }
}

/** What a stream that the server reset counts as, by its HTTP/2 error code (grpc/doc/PROTOCOL-HTTP2.md, "Errors"). */
export function statusOfReset(errorCode: number): number {
  switch (errorCode) {
    case 0x7: // REFUSED_STREAM
      return GrpcStatus.unavailable;
    case 0x8: // CANCEL
      return GrpcStatus.cancelled;
    case 0xb: // ENHANCE_YOUR_CALM
      return GrpcStatus.resourceExhausted;
    case 0xc: // INADEQUATE_SECURITY
      return GrpcStatus.permissionDenied;
    default:
      return GrpcStatus.internal;
  }
}
