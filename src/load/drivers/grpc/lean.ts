import type { ConnectionOptions } from 'node:tls';
import type { Driver } from '../driver.ts';
import { newHeaderList, type HeaderField } from '../http2/hpackEncoder.ts';
import { SharedConnections } from '../http2/sharedConnections.ts';
import { Deadlines } from './deadlines.ts';
import { LeanLane, wantedHeaders, type LeanCall } from './leanLane.ts';
import { frameMessage } from './messageReader.ts';
import type { GrpcOptions, GrpcTls, PreparedCall } from './options.ts';

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
  const settings = { calls: options.calls.map((call) => newLeanCall(call, options)), options, deadlines };
  const connections = new SharedConnections({
    endpoint: { address: target.address, port: target.port },
    tls: target.tls && tlsOptions(target.tls),
    connectTimeoutUs,
    wantedHeaders,
    varyingHeader: 'traceparent',
  });
  return {
    lanesPerConnection: streamsPerChannel,
    open: (ordinal, listener) =>
      connections.join(
        Math.floor(ordinal / streamsPerChannel),
        (host) => new LeanLane(host, settings, ordinal, listener),
      ),
  };
}

function newLeanCall(call: PreparedCall, { target, deadlineUs }: GrpcOptions): LeanCall {
  const fields: HeaderField[] = [
    [':method', 'POST'],
    [':scheme', target.tls ? 'https' : 'http'],
    [':path', call.path],
    [':authority', target.authority],
    ['te', 'trailers'],
    ['content-type', 'application/grpc'],
    ['user-agent', 'slowpath'],
  ];
  if (deadlineUs !== null) fields.push(['grpc-timeout', timeoutValue(deadlineUs)]);
  for (const [name, value] of call.metadata) fields.push([name.toLowerCase(), metadataValue(value)]);
  const framed = call.messages.map(frameMessage);
  const waits = call.clientStreaming && call.serverStreaming;
  return { ...call, headers: newHeaderList(fields, true), pieces: waits ? framed : [Buffer.concat(framed)] };
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

function tlsOptions({ serverName, ca, cert, key, insecure }: GrpcTls): ConnectionOptions {
  return {
    servername: serverName,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(insecure && { rejectUnauthorized: false }),
  };
}
