import {
  ErrorCode,
  headerTableBytes,
  initialWindowBytes,
  largestFrameBytes,
  largestWindowBytes,
  ownMaxFrameBytes,
  Setting,
} from './protocol.ts';

/** What the server allows us (RFC 9113 6.5.2), with the values that hold before it says anything. */
export class PeerSettings {
  headerTableBytes = headerTableBytes;
  maxConcurrentStreams = Infinity;
  initialWindowBytes = initialWindowBytes;
  maxFrameBytes = ownMaxFrameBytes;

  /** Takes the payload of a SETTINGS frame. @returns NO_ERROR, or what is wrong with it. */
  take(data: Uint8Array, from: number, to: number): ErrorCode {
    for (let at = from; at < to; at += 6) {
      const id = ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
      const code = this.set(id, readUint32(data, at + 2));
      if (code !== ErrorCode.noError) return code;
    }
    return ErrorCode.noError;
  }

  private set(id: number, value: number): ErrorCode {
    switch (id) {
      case Setting.headerTableSize:
        this.headerTableBytes = value;
        break;
      case Setting.enablePush:
        // A server may only say that it is off (6.5.2).
        if (value !== 0) return ErrorCode.protocolError;
        break;
      case Setting.maxConcurrentStreams:
        this.maxConcurrentStreams = value;
        break;
      case Setting.initialWindowSize:
        if (value > largestWindowBytes) return ErrorCode.flowControlError;
        this.initialWindowBytes = value;
        break;
      case Setting.maxFrameSize:
        if (value < ownMaxFrameBytes || value > largestFrameBytes) return ErrorCode.protocolError;
        this.maxFrameBytes = value;
        break;
      default:
    }
    return ErrorCode.noError;
  }
}

export function readUint32(data: Uint8Array, at: number): number {
  const high = ((data[at] ?? 0) << 24) | ((data[at + 1] ?? 0) << 16);
  return (high | ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0)) >>> 0;
}
