import type { EnumDescriptor, FieldDescriptor, FileDescriptor, MessageDescriptor } from './descriptors.ts';

/** FieldDescriptorProto.Type by its number; a group is a message in other clothes. */
const typeNames = [
  '',
  'double',
  'float',
  'int64',
  'uint64',
  'int32',
  'fixed64',
  'fixed32',
  'bool',
  'string',
  'group',
  'message',
  'bytes',
  'uint32',
  'enum',
  'sfixed32',
  'sfixed64',
  'sint32',
  'sint64',
] as const;
const repeatedLabel = 3;

export interface MessageType {
  readonly kind: 'message';
  /** With its package, e.g. `shop.Order`. */
  readonly name: string;
  readonly fields: readonly Field[];
}

export interface EnumType {
  readonly kind: 'enum';
  readonly name: string;
  readonly values: ReadonlyMap<string, number>;
}

export interface Field {
  /** As in the .proto file. */
  readonly name: string;
  /** In protobuf's JSON mapping: lowerCamelCase. */
  readonly jsonName: string;
  readonly type: (typeof typeNames)[number];
  readonly repeated: boolean;
  /** The choice (`oneof`) that it belongs to. */
  readonly oneof: string | null;
  /**
   * Of a message or an enumeration: the types that the name may mean. More than one only where a name that proto-loader has shortened
   * stands in several of the enclosing scopes.
   */
  readonly candidates: () => readonly (MessageType | EnumType)[];
  /** A map: the candidates are its entries' type, with the fields `key` and `value`. */
  readonly map: boolean;
}

/** Every message and enumeration of some files, by full name. */
export type Types = ReadonlyMap<string, MessageType | EnumType>;

export function typesOf(files: readonly FileDescriptor[]): Types {
  const types = new Map<string, MessageType | EnumType>();
  const mapEntries = new Set<string>();
  const addEnum = (scope: string, { name, value }: EnumDescriptor): void => {
    const full = joined(scope, name);
    types.set(full, { kind: 'enum', name: full, values: new Map(value.map((each) => [each.name, each.number])) });
  };
  const addMessage = (scope: string, message: MessageDescriptor): void => {
    const full = joined(scope, message.name);
    for (const nested of message.nested_type) addMessage(full, nested);
    for (const nested of message.enum_type) addEnum(full, nested);
    if (message.options?.map_entry) mapEntries.add(full);
    const fields = message.field.map((field) => newField(full, message, field));
    types.set(full, { kind: 'message', name: full, fields });
  };
  const newField = (scope: string, message: MessageDescriptor, field: FieldDescriptor): Field => {
    const names = possibleNames(scope, field.type_name);
    const repeated = field.label === repeatedLabel;
    return {
      name: field.name,
      jsonName: field.name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase()),
      type: typeNames[field.type] ?? '',
      repeated,
      oneof: field.oneof_index === undefined ? null : (message.oneof_decl[field.oneof_index]?.name ?? null),
      candidates: () => names.flatMap((name) => types.get(name) ?? []),
      map: repeated && names.some((name) => mapEntries.has(name)),
    };
  };
  for (const file of files) {
    for (const each of file.enum_type) addEnum(file.package, each);
    for (const each of file.message_type) addMessage(file.package, each);
  }
  return types;
}

/** Innermost scope first, as protobuf looks names up. */
function possibleNames(scope: string, typeName: string): string[] {
  if (typeName === '') return [];
  if (typeName.startsWith('.')) return [typeName.slice(1)];
  const scopes = scope.split('.');
  return [...scopes.map((_, depth) => joined(scopes.slice(0, scopes.length - depth).join('.'), typeName)), typeName];
}

function joined(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}
