import { fromJSON, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';

/**
 * The part of google/protobuf/descriptor.proto that is needed to know a message's fields: how a `.proto` file looks once
 * parsed, and how a server describes itself by reflection. Numbers as in that file.
 */
export interface FileDescriptor {
  readonly name: string;
  readonly package: string;
  readonly dependency: readonly string[];
  readonly message_type: readonly MessageDescriptor[];
  readonly enum_type: readonly EnumDescriptor[];
  readonly service: readonly {
    readonly name: string;
    /** `input_type` is absolute: `.package.Name`. */
    readonly method: readonly { readonly name: string; readonly input_type: string }[];
  }[];
}

export interface MessageDescriptor {
  readonly name: string;
  readonly field: readonly FieldDescriptor[];
  readonly nested_type: readonly MessageDescriptor[];
  readonly enum_type: readonly EnumDescriptor[];
  readonly oneof_decl: readonly { readonly name: string }[];
  readonly options: { readonly map_entry: boolean } | null;
}

export interface FieldDescriptor {
  readonly name: string;
  readonly label: number;
  readonly type: number;
  /** Absolute (`.package.Name`) from a compiler, relative to the message from proto-loader. */
  readonly type_name: string;
  readonly oneof_index?: number;
}

export interface EnumDescriptor {
  readonly name: string;
  readonly value: readonly { readonly name: string; readonly number: number }[];
}

const field = (type: string, id: number, rule?: 'repeated') => ({ type, id, ...(rule && { rule }) });

const descriptorMessages = {
  FileDescriptorProto: {
    fields: {
      name: field('string', 1),
      package: field('string', 2),
      dependency: field('string', 3, 'repeated'),
      message_type: field('DescriptorProto', 4, 'repeated'),
      enum_type: field('EnumDescriptorProto', 5, 'repeated'),
      service: field('ServiceDescriptorProto', 6, 'repeated'),
    },
  },
  ServiceDescriptorProto: {
    fields: { name: field('string', 1), method: field('MethodDescriptorProto', 2, 'repeated') },
  },
  MethodDescriptorProto: { fields: { name: field('string', 1), input_type: field('string', 2) } },
  DescriptorProto: {
    fields: {
      name: field('string', 1),
      field: field('FieldDescriptorProto', 2, 'repeated'),
      nested_type: field('DescriptorProto', 3, 'repeated'),
      enum_type: field('EnumDescriptorProto', 4, 'repeated'),
      options: field('MessageOptions', 7),
      oneof_decl: field('OneofDescriptorProto', 8, 'repeated'),
    },
  },
  FieldDescriptorProto: {
    fields: {
      name: field('string', 1),
      label: field('int32', 4),
      type: field('int32', 5),
      type_name: field('string', 6),
      oneof_index: field('int32', 9),
    },
    // Absent must not be read as the first of the message's choices.
    oneofs: { _oneof_index: { oneof: ['oneof_index'] } },
  },
  EnumDescriptorProto: {
    fields: { name: field('string', 1), value: field('EnumValueDescriptorProto', 2, 'repeated') },
  },
  EnumValueDescriptorProto: { fields: { name: field('string', 1), number: field('int32', 2) } },
  OneofDescriptorProto: { fields: { name: field('string', 1) } },
  MessageOptions: { fields: { map_entry: field('bool', 7) } },
};

const descriptorFile = messageIn(
  fromJSON({ nested: descriptorMessages }, { keepCase: true, defaults: true }),
  'FileDescriptorProto',
);

/** @throws Error if the bytes are not a FileDescriptorProto. */
export function readFileDescriptor(bytes: Buffer): FileDescriptor {
  // The shape is the one declared above: protobuf gives every field its type or its default.
  return descriptorFile.deserialize(bytes) as FileDescriptor;
}

/** A message of a package that is known to hold it. */
export function messageIn(definition: PackageDefinition, name: string): MessageTypeDefinition<object, object> {
  const found = definition[name];
  if (found === undefined || !('serialize' in found) || typeof found.serialize !== 'function')
    throw new TypeError(`${name} is not a message`);
  return found as MessageTypeDefinition<object, object>;
}
