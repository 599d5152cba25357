import type { Framing as PlanFraming, Load, RequestTemplate } from '../../plan/scenario.ts';
import { AnswerChecker } from '../content/answerCheck.ts';
import { newPayload } from '../content/payload.ts';
import type { Templates } from '../content/template.ts';
import type { Route } from './connectTo.ts';
import type { Driver } from './driver.ts';
import type { AnswerCheck, PayloadSource } from './payload.ts';
import { newTcpDriver } from './tcp.ts';
import type { Framing } from './tcpFraming.ts';
import { newUdpDriver } from './udp.ts';
import { newWebSocketDriver } from './webSocket.ts';

/** What the drivers of plain payloads are made with, besides the load. */
export interface PlainParts extends Route {
  readonly templates: Templates;
  readonly seed: number;
}

/** @throws SlowpathError LOAD_FAILED for a template that can't be filled in. */
export function newTcpLoadDriver(load: Load, parts: PlainParts): Driver {
  const { endpoint, tls } = parts;
  return newTcpDriver({
    endpoint,
    tls,
    payloads: load.requests.map((template) => payloadOf(template, parts)),
    framing: framingOf(load.framing ?? { kind: 'delimiter', delimiter: '\n' }),
    echoCheck: false,
    connectTimeoutUs: load.timeoutUs,
  });
}

/** @throws SlowpathError LOAD_FAILED for a template that can't be filled in. */
export function newUdpLoadDriver(load: Load, parts: PlainParts): Driver {
  const { endpoint } = parts;
  if (!('port' in endpoint)) throw new TypeError('Datagrams go to a port.');
  const driver = newUdpDriver({
    endpoint,
    payloads: load.requests.map((template) => payloadOf(template, parts)),
    sequence: load.sequence ?? 'none',
    lingerUs: load.timeoutUs,
    echoCheck: false,
  });
  // Sent and answered ones are counted with the requests.
  const counted = (): Record<string, number> => {
    const { lost, late, reordered, duplicates, unknown } = driver.counts;
    return { lost, late, reordered, duplicates, unknown };
  };
  return {
    lanesPerConnection: 1,
    open: (ordinal, listener) => driver.open(ordinal, listener),
    dispose: () => driver.dispose(),
    counted,
  };
}

/** @throws SlowpathError LOAD_FAILED, PLAN_INVALID for what the handshake can't carry. */
export function newWebSocketLoadDriver(load: Load, parts: PlainParts): Driver {
  const { endpoint, tls } = parts;
  const url = new URL(load.url);
  const { webSocket } = load;
  const driver = newWebSocketDriver({
    endpoint,
    tls,
    host: url.host,
    path: `${url.pathname}${url.search}`,
    headers: webSocket?.headers ?? {},
    subprotocol: webSocket?.subprotocol ?? null,
    payloads: load.requests.map((template) => ({
      ...payloadOf(template, parts),
      kind: template.bodyEncoding === 'utf8' ? ('text' as const) : ('binary' as const),
    })),
    echoCheck: false,
    unasked: webSocket?.unasked ?? 'ignore',
    connectTimeoutUs: load.timeoutUs,
  });
  return {
    lanesPerConnection: 1,
    open: (ordinal, listener) => driver.open(ordinal, listener),
    counted: () => ({ unasked: driver.counts.unasked }),
  };
}

function payloadOf(template: RequestTemplate, { templates, seed }: PlainParts): PayloadSource {
  const payload = newPayload(template, templates, seed);
  const check = checkOf(template);
  const next = (): Uint8Array => {
    templates.advance();
    return payload.next();
  };
  const same = (): Uint8Array => payload.next();
  return { next: payload.fixed ? same : next, ...(check ? { check } : {}) };
}

function checkOf({ check }: RequestTemplate): AnswerCheck | null {
  if (!check) return null;
  const checker = new AnswerChecker(check);
  return (data, from, to, sent) => {
    checker.start();
    if (checker.looksAtBody) checker.body(data, from, to);
    return checker.isGood(0, true, sent);
  };
}

function framingOf(framing: PlanFraming): Framing {
  switch (framing.kind) {
    case 'delimiter':
      return { kind: 'delimiter', bytes: Buffer.from(framing.delimiter) };
    case 'length': {
      const { bytes, endian, includesItself } = framing;
      return { kind: 'length', bytes, endian, includesHeader: includesItself };
    }
    case 'fixed':
    case 'close':
      return framing;
  }
}
