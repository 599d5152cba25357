import { newHeaderList, type HeaderField, type HeaderList } from '../http2/hpackEncoder.ts';
import { frameMessage } from './messageReader.ts';
import type { GrpcOptions, PreparedCall } from './options.ts';

/** One kind of call as it goes over the wire. Head and pieces are those of the next call: whoever makes it takes them. */
export interface LeanCall {
  headers: HeaderList;
  /** Messages with their heads, in as many pieces as are sent one after an answer to the other. */
  pieces: readonly Buffer[];
  /** As they were encoded. */
  messages: readonly Buffer[];
  /** Each message but the first waits for an answer to the one before. */
  readonly waits: boolean;
  readonly serverStreaming: boolean;
  readonly newJudge: PreparedCall['newJudge'];
  /** Makes head and pieces anew; null where they are the same each time. May throw. */
  readonly advance: (() => void) | null;
}

export function newLeanCall(call: PreparedCall, options: GrpcOptions): LeanCall {
  const { advance, serverStreaming, newJudge } = call;
  const waits = call.clientStreaming && serverStreaming;
  const made: LeanCall = {
    headers: headersOf(call, options),
    pieces: piecesOf(call, waits),
    messages: call.messages,
    waits,
    serverStreaming,
    newJudge,
    advance: advance
      ? () => {
          advance();
          made.headers = headersOf(call, options);
          made.pieces = piecesOf(call, waits);
          made.messages = call.messages;
        }
      : null,
  };
  return made;
}

function piecesOf({ messages }: PreparedCall, waits: boolean): Buffer[] {
  const framed = messages.map(frameMessage);
  return waits ? framed : [Buffer.concat(framed)];
}

/** grpc/doc/PROTOCOL-HTTP2.md, "Requests". */
function headersOf({ path, metadata, advance }: PreparedCall, { target, deadlineUs }: GrpcOptions): HeaderList {
  const fields: HeaderField[] = [
    [':method', 'POST'],
    [':scheme', target.tls ? 'https' : 'http'],
    [':path', path],
    [':authority', target.authority],
    ['te', 'trailers'],
    ['content-type', 'application/grpc'],
    ['user-agent', 'slowpath'],
  ];
  if (deadlineUs !== null) fields.push(['grpc-timeout', timeoutValue(deadlineUs)]);
  for (const [name, value] of metadata) fields.push([name.toLowerCase(), metadataValue(value)]);
  return newHeaderList(fields, advance === undefined);
}

/** At most eight digits and a unit. */
function timeoutValue(us: number): string {
  const whole = Math.max(1, Math.ceil(us));
  if (whole < 1e8) return `${whole}u`;
  return whole < 1e11 ? `${Math.ceil(whole / 1000)}m` : `${Math.ceil(whole / 1e6)}S`;
}

/** Bytes, under a name that ends in `-bin`, go as Base64 without padding. */
function metadataValue(value: string | Buffer): string {
  return typeof value === 'string' ? value : value.toString('base64').replace(/=+$/, '');
}
