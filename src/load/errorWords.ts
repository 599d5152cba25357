/** What the codes that a stranger meets most often mean. Codes stand in the records; words stand beside them where people read. */
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset before the answer',
  EPIPE: 'the connection was closed before the request was sent',
  ETIMEDOUT: 'no connection in time',
  ENOTFOUND: 'the name of the host is unknown',
  EMFILE: 'no more files may be open',
  EADDRNOTAVAIL: 'no local port is free',
  CLOSED: 'the connection was closed before the answer',
  UNEXPECTED_EOF: 'the connection was closed before the answer was complete',
  HPE_INVALID_EOF_STATE: 'the connection was closed before the answer was complete',
  HPE_HEADER_OVERFLOW: "the answer's headers are longer than 64 KiB",
};

/** `ECONNREFUSED, nothing listens there`; only the code where it says all that is known. */
export function errorInWords(code: string): string {
  const known = Object.hasOwn(words, code) ? words[code] : undefined;
  const meaning = known ?? (code.startsWith('HPE_') ? 'the answer is not HTTP/1.1 as it should be' : undefined);
  return meaning === undefined ? code : `${code}, ${meaning}`;
}
