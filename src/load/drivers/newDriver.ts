import type { ConnectionOptions } from 'node:tls';
import type { Load } from '../../plan/scenario.ts';
import { readDataFile } from '../content/dataFile.ts';
import { Templates } from '../content/template.ts';
import { Connector, tlsOptions, type Endpoint } from './connectTo.ts';
import type { Share } from '../share.ts';
import { traceparent } from '../traceparent.ts';
import type { Driver } from './driver.ts';
import { newHttp1Driver } from './http1.ts';
import { prepareRequest, type RequestParts } from './http1Request.ts';
import { newHttp2Driver } from './http2/driver.ts';
import { prepareHttp2Request } from './http2/request.ts';
import { newTcpLoadDriver, newUdpLoadDriver, newWebSocketLoadDriver } from './plainDrivers.ts';

/** What a driver is made with, besides the load. */
export interface DriverSurroundings {
  readonly endpoint: Endpoint;
  readonly seed: number;
  /** Of the run's trace ids; null where requests carry none. */
  readonly tracePrefix: string | null;
  readonly signal: AbortSignal;
  /** Of several processes, which one this is. */
  readonly share: Share;
}

/**
 * The driver of a load's protocol, its requests ready to be sent.
 * @throws SlowpathError LOAD_FAILED if a request can't be sent, or a file of the plan can't be read; CANCELLED.
 */
export async function newDriver(load: Load, around: DriverSurroundings): Promise<Driver> {
  const url = new URL(load.url);
  const files = new Map(Object.entries(load.data).map(([name, path]) => [name, readDataFile(path)]));
  const parts: RequestParts = { ...around, templates: new Templates(around.seed, files, around.share) };
  const checks = load.requests.map(({ check }) => check);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const connectTimeoutUs = load.timeoutUs;
  const tlsFor = (protocols: readonly string[]): ConnectionOptions | null =>
    load.tls ? tlsOptions(load.tls, host, protocols) : null;
  const { tracePrefix } = around;
  const traceOf = tracePrefix === null ? null : (sequence: number): string => traceparent(tracePrefix, sequence);
  switch (load.protocol) {
    case 'grpc': {
      const { endpoint, signal } = around;
      // A bundle of its own: what it needs is large, and no other load shall wait for it.
      const { newGrpcLoadDriver } = await import('./grpc/grpcLoad.ts');
      return newGrpcLoadDriver(load, {
        endpoint,
        templates: parts.templates,
        traceparent: traceOf,
        signal,
      });
    }
    case 'http':
      return newHttp1Driver({
        connector: new Connector(around.endpoint, tlsFor([])),
        requests: load.requests.map((template) => prepareRequest(url, template, parts)),
        checks,
        connectTimeoutUs,
      });
    case 'http2':
      return newHttp2Driver({
        endpoint: around.endpoint,
        tls: tlsFor(['h2']),
        requests: load.requests.map((template) => prepareHttp2Request(url, template, parts)),
        checks,
        streamsPerConnection: load.streams,
        connectTimeoutUs,
        traceOf,
      });
    case 'tcp':
      return newTcpLoadDriver(load, { ...parts, endpoint: around.endpoint, tls: tlsFor([]) });
    case 'udp':
      return newUdpLoadDriver(load, { ...parts, endpoint: around.endpoint, tls: null });
    case 'websocket':
      return newWebSocketLoadDriver(load, { ...parts, endpoint: around.endpoint, tls: tlsFor([]) });
  }
}
