import { writeFrameHead, type FrameWriter } from './frameWriter.ts';
import type { HeaderList, HpackEncoder } from './hpackEncoder.ts';
import { Flag, frameHeadBytes, FrameType, ownMaxFrameBytes } from './protocol.ts';

/** Writes a request's head: one HEADERS frame, and CONTINUATION frames if it is longer than every peer takes. Hot path. */
export function writeHeaders(
  writer: FrameWriter,
  encoder: HpackEncoder,
  streamId: number,
  list: HeaderList,
  value: string | null,
  ends: boolean,
): void {
  const at = writer.reserve(frameHeadBytes + encoder.room(list, value));
  const start = at + frameHeadBytes;
  const end = encoder.encode(list, value, writer.buffer, start);
  const flags = ends ? Flag.endStream : 0;
  if (end - start <= ownMaxFrameBytes) {
    writeFrameHead(writer.buffer, at, end - start, FrameType.headers, flags | Flag.endHeaders, streamId);
    writer.advance(end);
  } else {
    const block = writer.buffer.slice(start, end);
    for (let from = 0; from < block.length; from += ownMaxFrameBytes) {
      const type = from === 0 ? FrameType.headers : FrameType.continuation;
      const last = from + ownMaxFrameBytes >= block.length ? Flag.endHeaders : 0;
      writer.frame(type, (from === 0 ? flags : 0) | last, streamId, block.subarray(from, from + ownMaxFrameBytes));
    }
  }
}
