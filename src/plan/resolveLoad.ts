import { SlowpathError } from '../errors.ts';
import { checkedUrl, type Reach } from './addresses.ts';
import { headerFault, pathFault } from './httpParts.ts';
import type { Filler, Path } from './placeholders.ts';
import type { Arrivals, Load, RequestTemplate } from './scenario.ts';
import type { PlanRequest, PlanScenario } from './schema.ts';
import { limits } from './schemaLimits.ts';
import { checkedDuration } from './schemaUnits.ts';
import { parseRate } from './units.ts';
import { quoted } from './visible.ts';

const defaultConnections = 16;

/** From the command line or the editor, in place of what the plan says. */
export interface LoadOverrides {
  readonly ratePerSecond?: number | undefined;
  readonly durationUs?: number | undefined;
}

export async function resolveLoad(
  plan: PlanScenario['load'],
  path: Path,
  fill: Filler,
  reach: Reach,
  overrides: LoadOverrides,
): Promise<Load> {
  const urlPath = [...path, 'url'];
  const url = await checkedUrl(fill.text(plan.url, urlPath), ['http'], reach, fill, urlPath);
  if (url.search !== '' || url.hash !== '')
    fill.fail(urlPath, 'the address carries a query or a fragment; write it in the "path" of each request');
  const durationOf = (key: 'timeout' | 'warmup' | 'duration', range: Parameters<typeof checkedDuration>[1]): number =>
    fill.at([...path, key], () => checkedDuration(fill.text(plan[key], [...path, key]), range));
  const arrivals = resolveArrivals(plan.arrivals, [...path, 'arrivals'], fill, overrides.ratePerSecond);
  return {
    protocol: plan.protocol,
    url: url.origin,
    requests: plan.requests.map((request, index) =>
      resolveRequest(request, url.pathname, [...path, 'requests', index], fill),
    ),
    arrivals,
    connections: plan.connections ?? (arrivals.model === 'closed' ? arrivals.concurrency : defaultConnections),
    timeoutUs: durationOf('timeout', limits.requestTimeout),
    warmupUs: durationOf('warmup', limits.warmup),
    durationUs: overrides.durationUs ?? durationOf('duration', limits.duration),
    allowRemote: plan.allowRemote,
  };
}

function resolveArrivals(
  plan: PlanScenario['load']['arrivals'],
  path: Path,
  fill: Filler,
  override: number | undefined,
): Arrivals {
  if (plan.model === 'closed') {
    if (override === undefined) return { model: 'closed', concurrency: plan.concurrency };
    throw new SlowpathError(
      'USAGE',
      'Closed arrivals have no rate to set; leave --rate out, or write "constant" or "poisson" arrivals in the plan.',
    );
  }
  const ratePath = [...path, 'rate'];
  const written = typeof plan.rate === 'string' ? fill.text(plan.rate, ratePath) : plan.rate;
  const ratePerSecond = override === undefined ? fill.at(ratePath, () => parseRate(written)) : parseRate(override);
  return plan.model === 'poisson'
    ? { model: 'poisson', ratePerSecond, seed: plan.seed }
    : { model: 'constant', ratePerSecond };
}

/** @param basePath path of the load's address, which all requests share. */
function resolveRequest(plan: PlanRequest, basePath: string, path: Path, fill: Filler): RequestTemplate {
  const ownPath = fill.text(plan.path, [...path, 'path']);
  const fault = pathFault(ownPath);
  if (fault !== null) fill.fail([...path, 'path'], fault);
  const headers: Record<string, string> = {};
  for (const [name, written] of Object.entries(plan.headers)) {
    const value = fill.text(written, [...path, 'headers', name]);
    const wrong = headerFault(name, value);
    if (wrong) fill.fail([...path, 'headers', name], wrong.message);
    headers[name] = value;
  }
  const content = fill.deep(plan.body, [...path, 'body']);
  const isJson = content !== undefined && content !== null && typeof content !== 'string';
  if (isJson && !Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')) {
    headers['content-type'] = 'application/json';
  }
  return {
    name: plan.name === undefined ? `${plan.method} ${ownPath}` : fill.text(plan.name, [...path, 'name']),
    method: plan.method,
    path: `${basePath.replace(/\/$/, '')}${ownPath}`,
    headers,
    body: isJson ? JSON.stringify(content) : typeof content === 'string' ? content : null,
    weight: plan.weight,
  };
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
