import { dirname } from 'node:path';
import type { Load } from '../../../plan/scenario.ts';
import { Templates } from '../../content/template.ts';
import type { Route } from '../connectTo.ts';
import type { Driver } from '../driver.ts';
import { prepareCall } from './calls.ts';
import { newGrpcJsDriver } from './grpcJs.ts';
import { newGrpcDriver } from './lean.ts';
import type { Services } from './methods.ts';
import type { GrpcTarget } from './options.ts';
import { loadProtoFiles } from './protoFiles.ts';
import { reflectServices } from './reflection.ts';

/** What gRPC libraries take unless told otherwise. */
const maxAnswerBytes = 4 * 1024 * 1024;

export interface GrpcSurroundings {
  readonly route: Route;
  readonly templates: Templates;
  readonly traceparent: ((sequence: number) => string) | null;
  readonly signal: AbortSignal;
}

/**
 * The driver of a gRPC load, its calls ready to be made: methods from the plan's .proto files, else by asking the server. The entry of a bundle
 * of its own, for what other loads shall not have to read.
 * @throws SlowpathError LOAD_FAILED if a call can't be made; CANCELLED.
 */
export async function newGrpcLoadDriver(load: Load, around: GrpcSurroundings): Promise<Driver> {
  const { route, templates, traceparent, signal } = around;
  const target = { ...route, authority: new URL(load.url).host };
  const services = await servicesOf(load, target, signal);
  const calls = load.requests.map((request) => prepareCall(request, services, templates));
  const newDriver = load.grpc?.client === 'grpc-js' ? newGrpcJsDriver : newGrpcDriver;
  return newDriver({
    target,
    calls,
    streamsPerChannel: load.streams,
    deadlineUs: load.grpc?.deadlineUs ?? null,
    connectTimeoutUs: load.timeoutUs,
    maxAnswerBytes,
    traceparent,
  });
}

function servicesOf(load: Load, target: GrpcTarget, signal: AbortSignal): Promise<Services> {
  const { proto = [], includeDirs = [] } = load.grpc ?? {};
  if (proto.length === 0) return reflectServices(target, signal);
  // Imports are looked up beside the files too, where the plan names no better place.
  return loadProtoFiles({ files: proto, includeDirs: [...includeDirs, ...proto.map((file) => dirname(file))] });
}
