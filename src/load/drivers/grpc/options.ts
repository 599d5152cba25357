/** How a connection is encrypted, with what is needed for it already read. */
export interface GrpcTls {
  /** What the server's certificate must be for, and the SNI. */
  readonly serverName: string;
  readonly ca?: string | Buffer;
  /** The client's own certificate and key, for mutual TLS. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Takes any certificate, also one that nobody vouches for. */
  readonly insecure: boolean;
}

export interface GrpcAddress {
  /** Already resolved, so that no look-up stands in a call's way. */
  readonly address: string;
  readonly port: number;
  /** The `:authority` of the calls: the host as the plan names it. */
  readonly authority: string;
  readonly tls: GrpcTls | null;
}

/** One kind of call, prepared to be made many times. */
export interface PreparedCall {
  readonly path: string;
  readonly clientStreaming: boolean;
  readonly serverStreaming: boolean;
  /** In the order in which they are sent; one unless the client streams. */
  readonly messages: readonly Buffer[];
  readonly metadata: readonly (readonly [name: string, value: string | Buffer])[];
  /** Looks at each message of an answer, which is its only during the call: one that is refused makes the answer a bad one. */
  readonly check?: (message: Buffer) => boolean;
}

export interface GrpcOptions {
  readonly target: GrpcAddress;
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
