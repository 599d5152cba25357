import type { Driver } from '../driver.ts';
import { SharedConnections } from '../http2/sharedConnections.ts';
import { Deadlines } from './deadlines.ts';
import { newLeanCall } from './leanCall.ts';
import { LeanLane, wantedHeadersOf } from './leanLane.ts';
import type { GrpcOptions } from './options.ts';

/**
 * gRPC over our own HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md): whatever can be made before the load starts is made then, so that a call is a few
 * bytes copied. A lane is one call at a time on a connection that `streamsPerChannel` lanes share.
 *
 * Answers count as they do with grpc-js, except that an answer of another content type is UNKNOWN, as the protocol asks, and that a
 * compressed one, which we never ask for, takes the lane down as `GRPC_COMPRESSED`.
 */
export function newGrpcDriver(options: GrpcOptions): Driver {
  const { target, streamsPerChannel, connectTimeoutUs, deadlineUs } = options;
  const deadlines = deadlineUs === null ? null : new Deadlines<LeanLane>(deadlineUs, (lane) => lane.expire());
  const wantedHeaders = wantedHeadersOf(options.calls);
  const calls = options.calls.map((call) => newLeanCall(call, options));
  const connections = new SharedConnections(target, {
    connectTimeoutUs,
    wantedHeaders,
    varyingHeader: 'traceparent',
  });
  return {
    lanesPerConnection: streamsPerChannel,
    open: (ordinal, listener) =>
      connections.join(
        Math.floor(ordinal / streamsPerChannel),
        (host) => new LeanLane(host, { calls, options, deadlines, wantedHeaders }, ordinal, listener),
      ),
  };
}
