import { settingsPayload, type FrameWriter } from './frameWriter.ts';
import {
  FrameType,
  headerTableBytes,
  initialWindowBytes,
  largestHeaderListBytes,
  preface,
  Setting,
} from './protocol.ts';

/**
 * What a client says first (RFC 9113 3.4): the preface, its settings, how much it takes.
 * @param streamWindow,window bytes of answers, of a stream and of all together, before some are given back.
 */
export function greet(writer: FrameWriter, streamWindow: number, window: number): void {
  writer.raw(new TextEncoder().encode(preface));
  const settings = settingsPayload([
    [Setting.headerTableSize, headerTableBytes],
    [Setting.enablePush, 0],
    [Setting.initialWindowSize, streamWindow],
    [Setting.maxHeaderListSize, largestHeaderListBytes],
  ]);
  writer.frame(FrameType.settings, 0, 0, settings);
  writer.words(FrameType.windowUpdate, 0, window - initialWindowBytes);
}
