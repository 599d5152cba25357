import type { MethodDefinition, PackageDefinition } from '@grpc/proto-loader';
import { SlowpathError } from '../../../errors.ts';
import { nearest } from '../../../plan/suggest.ts';
import { readFileDescriptor, type FileDescriptor } from './descriptors.ts';
import { typesOf } from './messageTypes.ts';
import { messageValues } from './messageValues.ts';

/** A method of a service: its kind, and its messages between JSON and bytes. */
export interface Method {
  /** As in the request's `:path`: `/package.Service/Method`. */
  readonly path: string;
  /** The client sends any number of messages. */
  readonly clientStreaming: boolean;
  /** The server answers with any number of messages. */
  readonly serverStreaming: boolean;
  /**
   * One message from protobuf's JSON to bytes.
   * @throws SlowpathError LOAD_FAILED, naming the field that does not fit.
   */
  readonly encode: (json: unknown) => Buffer;
  /**
   * One answer from bytes to an object: fields under their names in the .proto file, 64-bit numbers as text, enumerations by name.
   * @throws Error if the bytes are none.
   */
  readonly decode: (bytes: Buffer) => object;
}

/** What is known of some services. */
export interface Services {
  /**
   * @param name `package.Service/Method`, with or without a slash in front; `package.Service.Method` also does.
   * @throws SlowpathError LOAD_FAILED if there is none, with the one that was probably meant.
   */
  readonly method: (name: string) => Method;
  /** `package.Service/Method` of all methods. */
  readonly names: readonly string[];
}

/** How messages are turned into objects. */
export const decoding = { keepCase: true, longs: String, enums: String, bytes: String, defaults: true } as const;

const listed = 12;

/**
 * @param source where the services are described, for errors: a file's name, or a server's address.
 * @param descriptors of the files as their compiler wrote them; without them, what proto-loader makes of them is used.
 */
export function servicesIn(
  definition: PackageDefinition,
  source: string,
  descriptors: readonly FileDescriptor[] | null = null,
): Services {
  const methods = new Map<string, MethodDefinition<object, object>>();
  for (const [service, each] of Object.entries(definition)) {
    if ('format' in each && typeof each.format === 'string') continue;
    for (const [name, method] of Object.entries(each)) methods.set(`${service}/${name}`, method);
  }
  const names = [...methods.keys()];
  const [first] = methods.values();
  const files = descriptors ?? (first?.requestType.fileDescriptorProtos ?? []).map(readFileDescriptor);
  const types = typesOf(files);
  const requests = requestTypes(files);
  const rules = { types, mapsAsEntries: descriptors !== null };
  return {
    names,
    method: (name) => {
      const wanted = withSlash(name);
      const found = methods.get(wanted);
      if (!found) throw unknownMethod(wanted, names, source);
      const request = types.get(requests.get(wanted) ?? '');
      if (request?.kind !== 'message')
        throw new SlowpathError('LOAD_FAILED', `${source} does not describe what ${wanted} is sent.`);
      return {
        path: found.path,
        clientStreaming: found.requestStream,
        serverStreaming: found.responseStream,
        encode: (json) => found.requestSerialize(messageValues(request, json, `Message of ${wanted}`, rules)),
        decode: (bytes) => found.responseDeserialize(bytes),
      };
    },
  };
}

/** From `package.Service/Method` to the full name of what it is sent. */
function requestTypes(files: readonly FileDescriptor[]): Map<string, string> {
  const entries = files.flatMap((file) =>
    file.service.flatMap(({ name, method }) => {
      const service = file.package === '' ? name : `${file.package}.${name}`;
      return method.map((each) => [`${service}/${each.name}`, each.input_type.replace(/^\./, '')] as const);
    }),
  );
  return new Map(entries);
}

function withSlash(name: string): string {
  const bare = name.replace(/^\//, '');
  return bare.includes('/') ? bare : bare.replace(/\.([^.]*)$/, '/$1');
}

function unknownMethod(wanted: string, names: readonly string[], source: string): SlowpathError {
  // A service's package is long and often left out or misspelt as a whole: then the rest of the name tells.
  const short = (name: string): string => name.split('.').at(-1) ?? name;
  const near = nearest(wanted, names) ?? names.find((name) => short(name) === nearest(short(wanted), names.map(short)));
  const more = names.length > listed ? `, and ${names.length - listed} more` : '';
  const help =
    names.length === 0
      ? 'it describes no service'
      : near === undefined
        ? `there are ${names.slice(0, listed).join(', ')}${more}`
        : `did you mean "${near}"?`;
  return new SlowpathError('LOAD_FAILED', `${source} has no method "${wanted}"; ${help}`);
}
