/**
 * What a protocol has to offer to be measured. A lane carries one request at a time: a connection in HTTP/1.1, a stream slot
 * in HTTP/2, a socket in UDP. Which request goes when and where, time-outs, reconnects and recording are the pool's business.
 */
export interface Driver {
  /** What only this protocol counts, so far; names for people. */
  readonly counted?: () => Readonly<Record<string, number>>;
  /** The load is over: lets go of what outlives its lanes. */
  readonly dispose?: () => void;
  /** Lanes that share one connection: lane n is on connection ⌊n ÷ this⌋. 1 where a connection carries one request at a time. */
  readonly lanesPerConnection: number;
  /** Starts opening a lane. Its listener hears `onReady` or `onDown`, never before this returns. */
  open(ordinal: number, listener: LaneListener): Lane;
}

export interface Lane {
  /** The client's port, 0 while unknown. */
  readonly localPort: number;
  /**
   * Sends a request of an endpoint now. Only on a ready lane without a request.
   * @param endpoint index into the plan's requests.
   * @param sequence of the request in this run, from 1: the last 64 bits of its trace id (trace.ts).
   */
  send(endpoint: number, sequence: number): void;
  /** Closes at once; the listener hears nothing more. A late answer is lost with it, never taken for the next one's. */
  destroy(): void;
  /** The peer said that it closes: lets it close first (the TIME_WAIT is then its own). The listener hears nothing more. */
  retire(): void;
}

/** Called on the hot path: plain numbers, no objects. */
export interface LaneListener {
  onReady(ordinal: number): void;
  /**
   * A whole answer.
   * @param good whether the plan counts it as a success: by its status and by what the plan checks.
   * @param status as the protocol counts it: HTTP's three digits, gRPC's 0 to 16; 0 where there is none.
   * @param bytes of the answer, head included.
   * @param reusable whether the lane can carry another request.
   */
  onAnswer(
    ordinal: number,
    good: boolean,
    status: number,
    bytes: number,
    firstByteUs: number,
    doneUs: number,
    reusable: boolean,
  ): void;
  /** The lane is gone, with or without a request on it. @param code e.g. `ECONNREFUSED`, `HPE_INVALID_CONSTANT`. */
  onDown(ordinal: number, code: string, atUs: number): void;
}
