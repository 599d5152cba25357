/**
 * Large buffers on their way into the page, in pieces: the editor copies and packs each message in one go on the extension
 * host's own thread, which must never be held up for long (law 5). Pure: cut on one side, put together on the other.
 */
import type { MessageToPage } from './protocol.ts';

/** About a millisecond of copying and packing each. */
const pieceBytes = 1024 * 1024;

/** Bytes that stand here or elsewhere: an ArrayBuffer, or what a process has that still holds them. */
export interface Sliceable {
  readonly byteLength: number;
  slice(from: number, to: number): ArrayBuffer | Promise<ArrayBuffer>;
}

/** A message as its sender has it: a profile's bytes may be fetched while they are sent. */
export type MessageToSend =
  | MessageToPage
  | (Omit<Extract<MessageToPage, { readonly type: 'profile' }>, 'profile'> & { readonly profile: Sliceable });

export type MessageInPieces =
  | MessageToPage
  /** Bytes from `offset` on of one of the buffers of the message that ends this transfer. */
  | {
      readonly type: 'piece';
      readonly transfer: number;
      readonly buffer: number;
      readonly offset: number;
      readonly size: number;
      readonly bytes: ArrayBuffer;
    }
  /** All is there: the message, its buffers left empty. */
  | { readonly type: 'joined'; readonly transfer: number; readonly message: MessageToPage };

/** A message as it is sent: itself, or its buffers' pieces and then what they belong to. */
export async function* inPieces(message: MessageToSend, transfer: number): AsyncGenerator<MessageInPieces> {
  const buffers = buffersOf(message);
  if (isHere(message) && buffers.every(({ byteLength }) => byteLength <= pieceBytes)) {
    yield message;
    return;
  }
  for (const [buffer, { byteLength: size }] of buffers.entries())
    for (let offset = 0; offset < size; offset += pieceBytes) {
      const bytes = await (buffers[buffer] ?? new ArrayBuffer(0)).slice(offset, offset + pieceBytes);
      yield { type: 'piece', transfer, buffer, offset, size, bytes };
    }
  yield { type: 'joined', transfer, message: withBuffers(message, []) };
}

/** Puts messages together again; one transfer at a time, since a newer one means that the older was given up. */
export class PieceJoiner {
  private transfer = -1;
  private buffers: Uint8Array[] = [];

  /** The whole message once its last part is there; null before, and for what belongs to a transfer that was given up. */
  take(part: MessageInPieces): MessageToPage | null {
    if (part.type === 'joined') {
      if (part.transfer !== this.transfer) return null;
      const buffers = this.buffers.map(({ buffer }) => buffer as ArrayBuffer);
      this.buffers = [];
      return withBuffers(part.message, buffers);
    }
    if (part.type !== 'piece') return part;
    if (part.transfer !== this.transfer) this.buffers = [];
    this.transfer = part.transfer;
    (this.buffers[part.buffer] ??= new Uint8Array(part.size)).set(new Uint8Array(part.bytes), part.offset);
    return null;
  }
}

function isHere(message: MessageToSend): message is MessageToPage {
  return message.type !== 'profile' || message.profile instanceof ArrayBuffer;
}

function buffersOf(message: MessageToSend): readonly Sliceable[] {
  if (message.type === 'profile') return [message.profile];
  if (message.type !== 'run') return [];
  return message.baseline === null ? [message.run] : [message.run, message.baseline.run];
}

/** The same message around other buffers; those missing are empty. */
function withBuffers(
  message: MessageToSend,
  [first = new ArrayBuffer(0), second = new ArrayBuffer(0)]: readonly ArrayBuffer[],
): MessageToPage {
  if (message.type === 'profile') return { ...message, profile: first };
  if (message.type !== 'run') return message;
  return { ...message, run: first, baseline: message.baseline && { ...message.baseline, run: second } };
}
