import { SlowpathError } from '../../../errors.ts';
import type { AnswerCheck, RequestTemplate } from '../../../plan/scenario.ts';
import { AnswerChecker } from '../../content/answerCheck.ts';
import type { Templates } from '../../content/template.ts';
import { compileJson } from './jsonTemplate.ts';
import type { Method, Services } from './methods.ts';
import type { AnswerJudge, PreparedCall } from './options.ts';

/** ASCII-Value and the names of fields (grpc/doc/PROTOCOL-HTTP2.md, "Custom-Metadata"). */
const fieldName = /^[0-9a-z_.-]+$/i;
const fieldValue = /^[\x20-\x7e]*$/;
/** What gRPC itself says in its own fields. */
const reserved = /^(grpc-|content-type$|te$|user-agent$|host$|connection$|traceparent$)/i;

/**
 * Prepares a request of the plan as a call: looks its method up, turns its messages into bytes, at once where they hold no templates.
 * @throws SlowpathError LOAD_FAILED, naming the request, for a method that is not there, a message or metadata that cannot be sent.
 */
export function prepareCall(template: RequestTemplate, services: Services, templates: Templates): PreparedCall {
  const { name, path, headers, body, check } = template;
  const refuse = (why: string): never => {
    throw new SlowpathError('LOAD_FAILED', `Request "${name}" cannot be sent: ${why}`);
  };
  const method = services.method(path);
  const { clientStreaming, serverStreaming } = method;
  const messages = compileJson(listOf(body), templates);
  const fields = Object.entries(headers).map(([field, value]) => {
    if (!fieldName.test(field)) refuse(`"${field}" is not a name of metadata.`);
    if (reserved.test(field)) refuse(`the metadata "${field}" is gRPC's own; leave it out.`);
    return [field, templates.compile(value, fieldValue)] as const;
  });
  const encode = (list: unknown): Buffer[] => {
    const all = (Array.isArray(list) ? list : [list]).map((message) => method.encode(message));
    if (!clientStreaming && all.length !== 1) refuse(`${path} takes one message, not ${all.length}.`);
    return all;
  };
  const valuesNow = () => fields.map(([field, value]) => [field, metadataValue(field, value.next())] as const);
  const common = {
    path: method.path,
    clientStreaming,
    serverStreaming,
    ...(check && { newJudge: judges(check, method) }),
  };
  const isFixed = messages.isFixed && fields.every(([, { fixed }]) => fixed !== null);
  if (isFixed) return { ...common, messages: encode(messages.next()), metadata: valuesNow() };
  // Where nothing changes in the messages, a mistake in them is told now.
  const fixed = messages.isFixed ? encode(messages.next()) : null;
  let current: Pick<PreparedCall, 'messages' | 'metadata'> = { messages: fixed ?? [], metadata: [] };
  return {
    ...common,
    get messages() {
      return current.messages;
    },
    get metadata() {
      return current.metadata;
    },
    advance: () => {
      templates.advance();
      current = { messages: fixed ?? encode(messages.next()), metadata: valuesNow() };
    },
  };
}

/** The plan's list of messages, as JSON. */
function listOf(body: string | null): unknown {
  return body === null ? [{}] : (JSON.parse(body) as unknown);
}

function metadataValue(name: string, value: string): string | Buffer {
  return name.toLowerCase().endsWith('-bin') ? Buffer.from(value, 'base64') : value;
}

/** Checks look at the answer's messages as JSON, one a line; an echo is the same bytes, message by message. */
function judges(check: AnswerCheck, method: Method): () => AnswerJudge {
  return () => {
    const checker = new AnswerChecker({ ...check, echo: false });
    let isReadable = true;
    let sent: readonly Buffer[] = [];
    let echoed = 0;
    let isEcho = true;
    return {
      headerNames: checker.headerNames,
      start: (messages) => {
        isReadable = true;
        isEcho = true;
        echoed = 0;
        sent = messages;
        checker.start();
      },
      header: (name, value) => checker.header(name, value),
      message: (bytes) => {
        if (check.echo && sent[echoed++]?.equals(bytes) !== true) isEcho = false;
        if (!checker.looksAtBody) return;
        try {
          const text = Buffer.from(`${JSON.stringify(method.decode(bytes))}\n`);
          checker.body(text, 0, text.length);
        } catch {
          isReadable = false;
        }
      },
      isGood: (status) =>
        isReadable && isEcho && (!check.echo || echoed === sent.length) && checker.isGood(status, status === 0, null),
    };
  };
}
