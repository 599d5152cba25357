import type { Load } from '../../plan/scenario.ts';
import { readDataFile } from '../content/dataFile.ts';
import { Templates } from '../content/template.ts';
import { tlsOptions, type Endpoint, type Route } from './connectTo.ts';
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
  const route: Route = { endpoint: around.endpoint, tls: load.tls && tlsOptions(load.tls, host) };
  const { tracePrefix } = around;
  const traceOf = tracePrefix === null ? null : (sequence: number): string => traceparent(tracePrefix, sequence);
  switch (load.protocol) {
    case 'grpc': {
      // A bundle of its own: what it needs is large, and no other load shall wait for it.
      const { newGrpcLoadDriver } = await import('./grpc/grpcLoad.ts');
      return newGrpcLoadDriver(load, {
        route,
        templates: parts.templates,
        traceparent: traceOf,
        signal: around.signal,
      });
    }
    case 'http':
      return newHttp1Driver({
        ...route,
        requests: load.requests.map((template) => prepareRequest(url, template, parts)),
        checks,
        connectTimeoutUs,
      });
    case 'http2':
      return newHttp2Driver({
        ...route,
        requests: load.requests.map((template) => prepareHttp2Request(url, template, parts)),
        checks,
        streamsPerConnection: load.streams,
        connectTimeoutUs,
        traceOf,
      });
    case 'tcp':
      return newTcpLoadDriver(load, { ...parts, ...route });
    case 'udp':
      return newUdpLoadDriver(load, { ...parts, ...route });
    case 'websocket':
      return newWebSocketLoadDriver(load, { ...parts, ...route });
  }
}
