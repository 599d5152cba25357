/** The status codes that a client gives itself (grpc/doc/statuscodes.md). */
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

/** What a stream that was reset counts as, by the name of its HTTP/2 error (grpc/doc/PROTOCOL-HTTP2.md, "Errors"). */
export function statusOfReset(code: string): number {
  switch (code) {
    case 'H2_REFUSED_STREAM':
      return GrpcStatus.unavailable;
    case 'H2_CANCEL':
      return GrpcStatus.cancelled;
    case 'H2_ENHANCE_YOUR_CALM':
      return GrpcStatus.resourceExhausted;
    case 'H2_INADEQUATE_SECURITY':
      return GrpcStatus.permissionDenied;
    default:
      return GrpcStatus.internal;
  }
}

/** The text of `grpc-message`: UTF-8, percent-encoded; what is encoded wrongly stays as it is. @param text one char an octet. */
export function decodeGrpcMessage(text: string): string {
  const octets = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(octets, 'latin1').toString('utf8');
}
