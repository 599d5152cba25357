/** Names and numbers of RFC 9113. */

export const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
export const frameHeadBytes = 9;
/** The initial SETTINGS_MAX_FRAME_SIZE; we never raise ours, so no longer frame may come. */
export const ownMaxFrameBytes = 16_384;
export const largestFrameBytes = 16_777_215;
export const initialWindowBytes = 65_535;
export const largestWindowBytes = 0x7fffffff;
export const largestStreamId = 0x7fffffff;
/** The initial SETTINGS_HEADER_TABLE_SIZE, for both directions. */
export const headerTableBytes = 4096;
/** Of an answer's head or trailers: compressed, and by the count of RFC 9113 6.5.2. Advertised, and enforced. */
export const largestHeaderListBytes = 65_536;

export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const Flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

export const ErrorCode = {
  noError: 0,
  protocolError: 1,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

const errorNames = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

/** e.g. `REFUSED_STREAM`; what no RFC names is `UNKNOWN_ERROR`, so that a peer cannot make up names without end. */
export function errorName(code: number): string {
  return errorNames[code] ?? 'UNKNOWN_ERROR';
}
