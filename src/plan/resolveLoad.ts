import { SlowpathError } from '../errors.ts';
import { checkedUrl, type Reach } from './addresses.ts';
import type { Filler, Path } from './placeholders.ts';
import { schemesOf, speaksTls } from './protocols.ts';
import { resolveArrivals } from './resolveArrivals.ts';
import { existingPath, pathInside } from './resolvePaths.ts';
import { resolveHeaders, resolveRequest } from './resolveRequest.ts';
import type { Arrivals, Framing, Grpc, Load, Tls } from './scenario.ts';
import type { PlanScenario } from './schema.ts';
import { limits } from './schemaLimits.ts';
import { defaultStreams } from './schemaLoad.ts';
import { checkedDuration } from './schemaUnits.ts';
import { quoted } from './visible.ts';

const defaultConnections = 16;

/** From the command line or the editor, in place of what the plan says. */
export interface LoadOverrides {
  readonly ratePerSecond?: number | undefined;
  readonly durationUs?: number | undefined;
}

export interface LoadSurroundings {
  readonly fill: Filler;
  readonly reach: Reach;
  readonly workspaceFolder: string;
}

type PlanLoad = PlanScenario['load'];

/** @throws SlowpathError PLAN_INVALID, PLAN_REMOTE_REFUSED, USAGE. */
export async function resolveLoad(
  plan: PlanLoad,
  path: Path,
  around: LoadSurroundings,
  overrides: LoadOverrides,
): Promise<Load> {
  const { fill } = around;
  const { protocol } = plan;
  const url = await resolveUrl(plan, path, around);
  const durationOf = (key: 'timeout' | 'warmup' | 'duration', range: Parameters<typeof checkedDuration>[1]): number =>
    fill.at([...path, key], () => checkedDuration(fill.text(plan[key], [...path, key]), range));
  const durationUs = overrides.durationUs ?? durationOf('duration', limits.duration);
  const arrivals = resolveArrivals(plan.arrivals, [...path, 'arrivals'], fill, durationUs, overrides.ratePerSecond);
  const hasStreams = protocol === 'http2' || protocol === 'grpc';
  const streams = hasStreams ? (plan.streams ?? defaultStreams) : 1;
  const { socket, webSocket } = plan;
  const connections = plan.connections ?? connectionsFor(arrivals, hasStreams ? 1 : defaultConnections, streams);
  const processes = plan.processes ?? 1;
  checkProcesses(processes, connections, arrivals, [...path, 'processes'], fill);
  return {
    protocol,
    url: protocol === 'websocket' ? url.href : url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin,
    socket:
      socket === undefined ? null : pathInside('socket', socket, [...path, 'socket'], fill, around.workspaceFolder),
    tls: speaksTls(url.protocol) ? await resolveTls(plan.tls, [...path, 'tls'], around) : null,
    requests: plan.requests.map((request, index) =>
      resolveRequest(request, index, protocol, url.pathname, [...path, 'requests', index], fill),
    ),
    data: await resolveFiles(plan.data ?? {}, [...path, 'data'], around),
    arrivals,
    connections,
    streams,
    processes,
    framing: protocol === 'tcp' ? framingOf(plan.framing) : null,
    sequence: protocol === 'udp' ? (plan.sequence ?? 'none') : null,
    grpc: protocol === 'grpc' ? await resolveGrpc(plan.grpc, [...path, 'grpc'], around) : null,
    webSocket:
      protocol === 'websocket'
        ? {
            headers: resolveHeaders(webSocket?.headers, [...path, 'webSocket', 'headers'], fill),
            subprotocol: webSocket?.subprotocol ?? null,
            unasked: webSocket?.unasked ?? 'ignore',
          }
        : null,
    traceparent: (protocol === 'http' || hasStreams) && plan.traceparent !== false,
    timeoutUs: durationOf('timeout', limits.requestTimeout),
    warmupUs: durationOf('warmup', limits.warmup),
    durationUs,
    allowRemote: plan.allowRemote,
  };
}

async function resolveUrl(plan: PlanLoad, path: Path, { fill, reach }: LoadSurroundings): Promise<URL> {
  const { protocol } = plan;
  const at = [...path, 'url'];
  // Over a Unix socket the host is only a name in the request: nothing is sent to it, whatever it is.
  const reached = plan.socket === undefined ? reach : { ...reach, allowRemote: true, confirmed: true };
  const url = await checkedUrl(fill.text(plan.url, at), schemesOf[protocol], reached, fill, at);
  if ((url.search !== '' && protocol !== 'websocket') || url.hash !== '')
    fill.fail(at, 'the address carries a query or a fragment; write it in the "path" of each request');
  const needsPort = protocol === 'tcp' || protocol === 'udp' || url.protocol.startsWith('grpc');
  if (needsPort && url.port === '' && plan.socket === undefined)
    fill.fail(at, `the address has no port; write it, as in "${url.protocol}//127.0.0.1:3000"`);
  const mayHavePath = protocol === 'http' || protocol === 'http2' || protocol === 'websocket';
  if (!mayHavePath && url.pathname !== '' && url.pathname !== '/')
    fill.fail(at, `a ${protocol} address has no path; leave ${quoted(url.pathname)} out`);
  return url;
}

function connectionsFor(arrivals: Arrivals, otherwise: number, streams: number): number {
  return arrivals.model === 'closed' ? Math.ceil(arrivals.concurrency / streams) : otherwise;
}

/** Each process needs something of its own to offer. */
function checkProcesses(processes: number, connections: number, arrivals: Arrivals, path: Path, fill: Filler): void {
  const clients = arrivals.model === 'closed' ? arrivals.concurrency : Infinity;
  const most = Math.min(connections, clients);
  if (processes <= most) return;
  const of = connections <= clients ? `connections (${connections})` : `clients (${clients})`;
  fill.fail(path, `${processes} processes are more than there are ${of}; write ${most}, or raise their number`);
}

async function resolveFiles(
  files: Readonly<Record<string, string>>,
  path: Path,
  { fill, workspaceFolder }: LoadSurroundings,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, written] of Object.entries(files)) {
    found[name] = await existingPath('file', written, [...path, name], fill, workspaceFolder);
  }
  return found;
}

async function resolveTls(plan: PlanLoad['tls'], path: Path, around: LoadSurroundings): Promise<Tls> {
  const { fill, workspaceFolder } = around;
  const fileAt = async (key: 'ca' | 'cert' | 'key'): Promise<string | null> => {
    const written = plan?.[key];
    return written === undefined ? null : await existingPath('file', written, [...path, key], fill, workspaceFolder);
  };
  if ((plan?.cert === undefined) !== (plan?.key === undefined)) {
    fill.fail(path, 'a client certificate needs its key, and a key its certificate; write both "cert" and "key"');
  }
  return {
    ca: await fileAt('ca'),
    cert: await fileAt('cert'),
    key: await fileAt('key'),
    serverName: plan?.serverName === undefined ? null : fill.text(plan.serverName, [...path, 'serverName']),
    verify: plan?.verify ?? true,
  };
}

async function resolveGrpc(plan: PlanLoad['grpc'], path: Path, around: LoadSurroundings): Promise<Grpc> {
  const { fill, workspaceFolder } = around;
  const all = (kind: 'file' | 'folder', key: 'proto' | 'includeDirs'): Promise<string[]> =>
    Promise.all(
      (plan?.[key] ?? []).map((written, index) =>
        existingPath(kind, written, [...path, key, index], fill, workspaceFolder),
      ),
    );
  return {
    proto: await all('file', 'proto'),
    includeDirs: await all('folder', 'includeDirs'),
    client: plan?.client ?? 'lean',
    deadlineUs:
      plan?.deadline === undefined
        ? null
        : fill.at([...path, 'deadline'], () =>
            checkedDuration(fill.text(plan.deadline ?? '', [...path, 'deadline']), limits.requestTimeout),
          ),
  };
}

function framingOf(plan: PlanLoad['framing']): Framing {
  if (plan === undefined) return { kind: 'delimiter', delimiter: '\n' };
  if (plan === 'close') return { kind: 'close' };
  if ('delimiter' in plan) return { kind: 'delimiter', delimiter: plan.delimiter };
  if ('size' in plan) return { kind: 'fixed', bytes: plan.size };
  return { kind: 'length', bytes: plan.lengthBytes, endian: plan.endian, includesItself: plan.includesItself };
}

/** @throws SlowpathError USAGE for an override that no plan could hold. */
export function checkOverrides({ ratePerSecond, durationUs }: LoadOverrides): void {
  if (ratePerSecond !== undefined && !(ratePerSecond > 0 && Number.isFinite(ratePerSecond))) {
    throw new SlowpathError(
      'USAGE',
      `A rate of ${quoted(String(ratePerSecond))} can't be offered; give more than 0 a second.`,
    );
  }
  if (durationUs !== undefined && !(durationUs >= limits.duration.leastUs && Number.isFinite(durationUs))) {
    throw new SlowpathError(
      'USAGE',
      `A duration of ${durationUs / 1e6} s is too short to measure; give at least 100ms.`,
    );
  }
}
