import { ErrorCode, Flag, FrameType, ownMaxFrameBytes } from './protocol.ts';

/**
 * What a frame's head alone can break (RFC 9113 4.2 and 6).
 * @returns NO_ERROR, or the connection error it is.
 */
export function checkFrameHead(length: number, type: number, flags: number, streamId: number): ErrorCode {
  if (length > ownMaxFrameBytes) return ErrorCode.frameSizeError;
  switch (type) {
    case FrameType.data:
    case FrameType.headers:
    case FrameType.continuation:
      return onStream(streamId);
    case FrameType.priority:
      return sized(length === 5, onStream(streamId));
    case FrameType.rstStream:
      return sized(length === 4, onStream(streamId));
    case FrameType.settings:
      return sized((flags & Flag.ack) === 0 ? length % 6 === 0 : length === 0, onConnection(streamId));
    case FrameType.ping:
      return sized(length === 8, onConnection(streamId));
    case FrameType.goaway:
      return sized(length >= 8, onConnection(streamId));
    case FrameType.windowUpdate:
      return sized(length === 4, ErrorCode.noError);
    case FrameType.pushPromise:
      // We said that we take none (6.6).
      return ErrorCode.protocolError;
    default:
      return ErrorCode.noError;
  }
}

/** Only a client's streams are there, since nothing may be pushed. */
function onStream(streamId: number): ErrorCode {
  return (streamId & 1) === 1 ? ErrorCode.noError : ErrorCode.protocolError;
}

function onConnection(streamId: number): ErrorCode {
  return streamId === 0 ? ErrorCode.noError : ErrorCode.protocolError;
}

function sized(fits: boolean, place: ErrorCode): ErrorCode {
  return fits ? place : ErrorCode.frameSizeError;
}
