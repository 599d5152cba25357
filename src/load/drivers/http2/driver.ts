import type { AnswerCheck } from '../../../plan/scenario.ts';
import type { Route } from '../connectTo.ts';
import type { Driver } from '../driver.ts';
import { headerNamesOf, Http2Lane, type TraceOf } from './lane.ts';
import type { PreparedHttp2Request } from './request.ts';
import { SharedConnections } from './sharedConnections.ts';

/** Without TLS it is spoken with prior knowledge (h2c). */
export interface Http2DriverOptions extends Route {
  readonly requests: readonly PreparedHttp2Request[];
  /** What makes an answer to each request good; null or none: a status below 400. */
  readonly checks?: readonly (AnswerCheck | null)[];
  /** Lanes that share a connection. */
  readonly streamsPerConnection: number;
  readonly connectTimeoutUs: number;
  /** null: no `traceparent` is sent. */
  readonly traceOf: TraceOf | null;
}

/**
 * HTTP/2: a lane is a stream slot, ⌊ordinal ÷ streamsPerConnection⌋ its connection. Requests beyond what the server allows at
 * once wait in the connection for another's end. An answer is good if its status is below 400.
 */
export function newHttp2Driver(options: Http2DriverOptions): Driver {
  const { requests, checks = [], traceOf, streamsPerConnection, connectTimeoutUs } = options;
  const connections = new SharedConnections(options, {
    connectTimeoutUs,
    wantedHeaders: headerNamesOf(checks),
    varyingHeader: 'traceparent',
  });
  return {
    lanesPerConnection: streamsPerConnection,
    open: (ordinal, listener) =>
      connections.join(
        Math.floor(ordinal / streamsPerConnection),
        (host) => new Http2Lane(host, requests, checks, traceOf, ordinal, listener),
      ),
  };
}
