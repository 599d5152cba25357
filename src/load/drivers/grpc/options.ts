import type { Route } from '../connectTo.ts';

export interface GrpcTarget extends Route {
  /** The `:authority` of the calls: host and port as the plan names them. */
  readonly authority: string;
}

/** One kind of call, prepared to be made many times. */
export interface PreparedCall {
  readonly path: string;
  readonly clientStreaming: boolean;
  readonly serverStreaming: boolean;
  /** In the order in which they are sent; one unless the client streams. */
  readonly messages: readonly Buffer[];
  readonly metadata: readonly (readonly [name: string, value: string | Buffer])[];
  /** Makes the next call's messages and metadata; not there where they are the same each time. May throw: nothing is sent then. */
  readonly advance?: () => void;
  /** What judges the answers; without it a status of 0 is good. One for each lane. */
  readonly newJudge?: () => AnswerJudge;
}

/** Judges one answer after the other. */
export interface AnswerJudge {
  /** Names, in lower case, of the answer's metadata that it wants to be told. */
  readonly headerNames: readonly string[];
  start(sent: readonly Buffer[]): void;
  header(name: string, value: string): void;
  /** The message is the judge's during the call only. */
  message(bytes: Buffer): void;
  isGood(status: number): boolean;
}

/** Why a call was never sent: its message could not be made from what its templates gave. */
export const unsendable = 'GRPC_MESSAGE_INVALID';

export interface GrpcOptions {
  readonly target: GrpcTarget;
  readonly calls: readonly PreparedCall[];
  /** Calls that one connection carries at the same time. */
  readonly streamsPerChannel: number;
  /** Of a call, told to the server as `grpc-timeout`; null for none. The load's own time-out is the pool's business. */
  readonly deadlineUs: number | null;
  readonly connectTimeoutUs: number;
  /** Of one message of an answer; a bigger one ends the call as RESOURCE_EXHAUSTED. */
  readonly maxAnswerBytes: number;
  /** The W3C trace context of a call by its number in the run; null for none. */
  readonly traceparent: ((sequence: number) => string) | null;
  /** Hears why a call has failed, in the server's words or ours. Untrusted text. */
  readonly onFailure?: (endpoint: number, status: number, message: string) => void;
}
