import { Metadata, status as Status, type Channel, type StatusObject } from '@grpc/grpc-js';
import { fromJSON, loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { messageOf, SlowpathError } from '../../../errors.ts';
import { messageIn, readFileDescriptor } from './descriptors.ts';
import { newChannel } from './grpcJsChannel.ts';
import { decoding, servicesIn, type Services } from './methods.ts';
import type { GrpcTarget } from './options.ts';
import { grpcStatusName } from './status.ts';

/** The same messages in both versions (grpc/reflection/v1/reflection.proto), as far as they are used here. */
const messages = fromJSON(
  {
    nested: {
      Request: {
        fields: {
          file_by_filename: { type: 'string', id: 3 },
          file_containing_symbol: { type: 'string', id: 4 },
          list_services: { type: 'string', id: 7 },
        },
        oneofs: { request: { oneof: ['file_by_filename', 'file_containing_symbol', 'list_services'] } },
      },
      Response: {
        fields: {
          files: { type: 'Files', id: 4 },
          list: { type: 'List', id: 6 },
          error: { type: 'Failure', id: 7 },
        },
      },
      Files: { fields: { file: { type: 'bytes', id: 1, rule: 'repeated' } } },
      List: { fields: { service: { type: 'Service', id: 1, rule: 'repeated' } } },
      Service: { fields: { name: { type: 'string', id: 1 } } },
      Failure: { fields: { code: { type: 'int32', id: 1 }, message: { type: 'string', id: 2 } } },
    },
  },
  { keepCase: true, arrays: true },
);
const request = messageIn(messages, 'Request');
const response = messageIn(messages, 'Response');

interface Answer {
  readonly files?: { readonly file: readonly Buffer[] };
  readonly list?: { readonly service: readonly { readonly name?: string }[] };
  readonly error?: { readonly code?: number; readonly message?: string };
}

const versions = ['v1', 'v1alpha'];
const timeoutMs = 10_000;
const mostFiles = 2000;

/**
 * Asks a running server what it offers, by gRPC server reflection (v1, else v1alpha).
 * @throws SlowpathError LOAD_FAILED if the server does not answer, has no reflection, or describes itself wrongly; CANCELLED.
 */
export async function reflectServices(target: GrpcTarget, signal: AbortSignal): Promise<Services> {
  const channel = newChannel(target);
  try {
    for (const version of versions) {
      const conversation = new Conversation(channel, version, target.authority, signal);
      try {
        const list = await conversation.ask({ list_services: '*' });
        if (list) return await describe(conversation, list.list?.service.map(({ name }) => name ?? '') ?? []);
      } finally {
        conversation.end();
      }
    }
  } finally {
    channel.close();
  }
  throw failed(target.authority, 'it has no server reflection; name its .proto files in "proto"');
}

async function describe(conversation: Conversation, services: readonly string[]): Promise<Services> {
  const { authority } = conversation;
  const files = new Map</* file name */ string, Buffer>();
  const wanted = new Set<string>();
  const add = (bytes: Buffer): void => {
    const { name, dependency } = readFileDescriptor(bytes);
    files.set(name, bytes);
    for (const each of dependency) wanted.add(each);
    if (files.size > mostFiles) throw failed(authority, `it describes itself in more than ${mostFiles} files`);
  };
  try {
    for (const service of services.filter((name) => !name.startsWith('grpc.reflection.'))) {
      const answer = await conversation.ask({ file_containing_symbol: service });
      for (const bytes of answer?.files?.file ?? []) add(bytes);
    }
    // The set grows while it is gone through: files bring more files.
    for (const name of wanted) {
      if (files.has(name)) continue;
      const answer = await conversation.ask({ file_by_filename: name });
      for (const bytes of answer?.files?.file ?? []) add(bytes);
    }
    const descriptors = [...files.values()].map(readFileDescriptor);
    return servicesIn(loadFileDescriptorSetFromBuffer(fileSet(files.values()), decoding), authority, descriptors);
  } catch (cause) {
    if (cause instanceof SlowpathError) throw cause;
    const why = messageOf(cause);
    throw failed(authority, `its reflection cannot be understood (${why})`, cause);
  }
}

/** A FileDescriptorSet: field 1, repeated, length-delimited. */
function fileSet(files: Iterable<Buffer>): Buffer {
  const parts: Buffer[] = [];
  for (const file of files) {
    const head = [0x0a];
    let left = file.length;
    for (; left > 0x7f; left >>>= 7) head.push((left & 0x7f) | 0x80);
    head.push(left);
    parts.push(Buffer.from(head), file);
  }
  return Buffer.concat(parts);
}

/** One stream of questions and answers, one at a time. */
class Conversation {
  readonly authority: string;
  private readonly call: ReturnType<Channel['createCall']>;
  private readonly signal: AbortSignal;
  private readonly cancel = (): void => this.end();
  private status: StatusObject | null = null;
  private waiting: { resolve: (answer: Answer | null) => void; reject: (error: unknown) => void } | null = null;

  constructor(channel: Channel, version: string, authority: string, signal: AbortSignal) {
    this.authority = authority;
    this.signal = signal;
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    this.call = channel.createCall(path, Date.now() + timeoutMs, null, null, null);
    signal.addEventListener('abort', this.cancel, { once: true });
    this.call.start(new Metadata(), {
      onReceiveMetadata: () => undefined,
      onReceiveMessage: (message: Buffer | null) => message && this.answered(message),
      onReceiveStatus: (status) => {
        this.status = status;
        this.settle();
      },
    });
  }

  /** @returns null if the server does not know this version of reflection. */
  ask(question: object): Promise<Answer | null> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      if (this.status || this.signal.aborted) {
        this.settle();
        return;
      }
      this.call.sendMessageWithContext({}, request.serialize(question));
      this.call.startRead();
    });
  }

  end(): void {
    this.signal.removeEventListener('abort', this.cancel);
    this.call.cancelWithStatus(Status.CANCELLED, 'Done.');
    this.settle();
  }

  private answered(message: Buffer): void {
    const { waiting } = this;
    this.waiting = null;
    try {
      // The shape is the one declared above.
      const answer = response.deserialize(message) as Answer;
      if (answer.error) waiting?.reject(failed(this.authority, `its reflection says: ${answer.error.message ?? ''}`));
      else waiting?.resolve(answer);
    } catch (cause) {
      waiting?.reject(failed(this.authority, 'its reflection cannot be understood', cause));
    }
  }

  private settle(): void {
    const { waiting, status } = this;
    this.waiting = null;
    if (!waiting) return;
    if (this.signal.aborted) waiting.reject(new SlowpathError('CANCELLED', 'Cancelled.'));
    else if (status?.code === Status.UNIMPLEMENTED) waiting.resolve(null);
    else
      waiting.reject(failed(this.authority, status ? `${grpcStatusName(status.code)}: ${status.details}` : 'closed'));
  }
}

function failed(authority: string, why: string, cause?: unknown): SlowpathError {
  return new SlowpathError('LOAD_FAILED', `Server reflection at ${authority} failed: ${why}.`, { cause });
}
