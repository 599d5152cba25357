import { status as Status, type StatusObject } from '@grpc/grpc-js';

/** Frames came that HTTP/2 has no sense for; which rule they broke grpc-js does not tell. */
export const spoilt = 'H2_PROTOCOL_ERROR';

/**
 * grpc-js makes UNAVAILABLE of a connection that was refused or lost, which a server may also answer with; only the server's carries
 * metadata or comes after it. Of one that its own HTTP/2 gave up it makes INTERNAL.
 * @returns null if the status is the server's.
 */
export function connectionError({ code, details, metadata }: StatusObject, answered: boolean): string | null {
  if (code === Status.INTERNAL && /^Received RST_STREAM .* triggered by internal client error/.test(details))
    return spoilt;
  if (code !== Status.UNAVAILABLE || Object.keys(metadata.getMap()).length > 0) return null;
  if (/^(Stream refused by server|Received HTTP status code)/.test(details)) return null;
  if (answered && !/^(Connection dropped|read |write )/.test(details)) return null;
  return errorCode(details);
}

/** Of what grpc-js says of a connection, e.g. ECONNREFUSED; UNAVAILABLE where it names none. */
export function errorCode(details: string): string {
  if (details === 'Connection dropped') return 'CLOSED';
  return /\b(E[A-Z]{4,}|ERR_[A-Z0-9_]+)\b/.exec(details)?.[1] ?? 'UNAVAILABLE';
}
