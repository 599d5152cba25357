import { headerFault, pathFault } from './httpParts.ts';
import type { Filler, Path } from './placeholders.ts';
import type { Protocol } from './protocols.ts';
import type { AnswerCheck, RequestTemplate } from './scenario.ts';
import type { PlanRequest } from './schema.ts';
import { requestName } from './schemaLoad.ts';
import { hasTemplate, templateFault } from './templateText.ts';
import { quoted } from './visible.ts';

/**
 * One kind of request as it will be sent, templates still in it.
 * @param basePath path of the load's address, which all requests share.
 * @throws SlowpathError PLAN_INVALID at its place in the plan.
 */
export function resolveRequest(
  plan: PlanRequest,
  index: number,
  protocol: Protocol,
  basePath: string,
  path: Path,
  fill: Filler,
): RequestTemplate {
  const common = {
    name: plan.name === undefined ? fill.text(requestName(plan, index), path) : fill.text(plan.name, [...path, 'name']),
    weight: plan.weight,
    check: resolveCheck(plan.check, [...path, 'check'], fill),
  };
  switch (protocol) {
    case 'http':
    case 'http2':
      return { ...common, ...httpParts(plan, basePath, path, fill) };
    case 'grpc':
      return { ...common, ...grpcParts(plan, path, fill) };
    case 'tcp':
    case 'udp':
    case 'websocket':
      return { ...common, method: '', path: '', headers: {}, ...payloadParts(plan, path, fill) };
  }
}

type Content = Pick<RequestTemplate, 'body' | 'bodyEncoding'>;
type Parts = Content & Pick<RequestTemplate, 'method' | 'path' | 'headers'>;

function httpParts(plan: PlanRequest, basePath: string, path: Path, fill: Filler): Parts {
  const ownPath = checkedTemplates(fill.text(plan.path ?? '/', [...path, 'path']), [...path, 'path'], fill);
  const fault = hasTemplate(ownPath) ? null : pathFault(ownPath);
  if (fault !== null) fill.fail([...path, 'path'], fault);
  const headers = resolveHeaders(plan.headers, [...path, 'headers'], fill);
  const content = fill.deep(plan.body, [...path, 'body']);
  const isJson = content !== undefined && content !== null && typeof content !== 'string';
  if (isJson && !Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')) {
    headers['content-type'] = 'application/json';
  }
  const body = isJson ? JSON.stringify(content) : typeof content === 'string' ? content : null;
  return {
    method: plan.method ?? 'GET',
    path: `${basePath.replace(/\/$/, '')}${ownPath}`,
    headers,
    body: body === null ? null : checkedTemplates(body, [...path, 'body'], fill),
    bodyEncoding: 'utf8',
  };
}

function grpcParts(plan: PlanRequest, path: Path, fill: Filler): Parts {
  const key = plan.messages === undefined ? 'message' : 'messages';
  const messages = fill.deep(plan.messages ?? [plan.message ?? {}], [...path, key]);
  const call = fill.text(plan.call ?? '', [...path, 'call']);
  return {
    method: 'POST',
    path: `/${call.replace(/^\//, '')}`,
    headers: resolveHeaders(plan.metadata, [...path, 'metadata'], fill),
    body: checkedTemplates(JSON.stringify(messages), [...path, key], fill),
    bodyEncoding: 'utf8',
  };
}

function payloadParts({ payload = '' }: PlanRequest, path: Path, fill: Filler): Content {
  const at = [...path, 'payload'];
  if (typeof payload === 'string')
    return { body: checkedTemplates(fill.text(payload, at), at, fill), bodyEncoding: 'utf8' };
  if ('size' in payload) return { body: String(payload.size), bodyEncoding: 'random' };
  const isHex = 'hex' in payload;
  const key = isHex ? 'hex' : 'base64';
  const written = fill.text('hex' in payload ? payload.hex : payload.base64, [...at, key]).replace(/\s+/g, '');
  const good = isHex ? /^([\da-f]{2})*$/i.test(written) : /^[\w+/-]*={0,2}$/.test(written) && written.length % 4 !== 1;
  if (!good) {
    const wanted = isHex ? 'pairs of hexadecimal digits, as in "00ff"' : 'base64, as in "AAEC"';
    fill.fail([...at, key], `${quoted(written)} is not ${key}; write ${wanted}`);
  }
  return { body: Buffer.from(written, key).toString('base64'), bodyEncoding: 'base64' };
}

/** @throws SlowpathError PLAN_INVALID */
export function resolveHeaders(
  plan: Readonly<Record<string, string>> | undefined,
  path: Path,
  fill: Filler,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, written] of Object.entries(plan ?? {})) {
    const at = [...path, name];
    const value = checkedTemplates(fill.text(written, at), at, fill);
    const wrong = headerFault(name, hasTemplate(value) ? '' : value);
    if (wrong) fill.fail(at, wrong.message);
    headers[name] = value;
  }
  return headers;
}

function resolveCheck(plan: PlanRequest['check'], path: Path, fill: Filler): AnswerCheck | null {
  if (!plan) return null;
  const { status, body, bodyMatches, headers, echo } = plan;
  return {
    status: status === undefined ? null : [status].flat(),
    bodyHolds: body === undefined ? null : fill.text(body, [...path, 'body']),
    bodyMatches: bodyMatches ?? null,
    headers: resolveHeaders(headers, [...path, 'headers'], fill),
    echo: echo === true,
  };
}

function checkedTemplates(text: string, path: Path, fill: Filler): string {
  const fault = templateFault(text);
  return fault === null ? text : fill.fail(path, fault.message, 'PLAN_INVALID', fault.column);
}
