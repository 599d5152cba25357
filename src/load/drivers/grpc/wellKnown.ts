/** The well-known types whose JSON is not that of their fields (protobuf's ProtoJSON table), turned into their fields. */
type Translate = (value: unknown) => object | undefined;

/**
 * One level deep: what is in the fields is protobuf's JSON again.
 * @returns the message's fields; undefined if the type has a JSON of its own and this is none; null if it has none, or the
 * value is written out as fields already.
 */
export function wellKnown(name: string, value: unknown): object | null | undefined {
  const known = translations.get(name);
  if (!known) return null;
  const { expects, translate } = known;
  if (expects === 'text' && typeof value !== 'string') return null;
  return translate(value);
}

/** What such a type takes. */
export function wellKnownExpectation(name: string): string {
  return examples.get(name) ?? 'its fields';
}

const translations = new Map<string, { readonly expects: 'text' | 'anything'; readonly translate: Translate }>([
  ['google.protobuf.Timestamp', { expects: 'text', translate: timestamp }],
  ['google.protobuf.Duration', { expects: 'text', translate: duration }],
  ['google.protobuf.FieldMask', { expects: 'text', translate: (value) => ({ paths: maskPaths(String(value)) }) }],
  ['google.protobuf.Struct', { expects: 'anything', translate: struct }],
  ['google.protobuf.Value', { expects: 'anything', translate: anyValue }],
  ['google.protobuf.ListValue', { expects: 'anything', translate: list }],
]);

const examples = new Map([
  ['google.protobuf.Timestamp', 'a time such as "2026-01-31T12:00:00Z"'],
  ['google.protobuf.Duration', 'a time such as "1.5s"'],
  ['google.protobuf.Struct', 'an object'],
  ['google.protobuf.ListValue', 'a list'],
]);

/** BoolValue, Int64Value …: the value stands for itself. */
export const isWrapper = (name: string): boolean =>
  /^google\.protobuf\.(Double|Float|U?Int64|U?Int32|Bool|String|Bytes)Value$/.test(name);

function timestamp(value: unknown): object | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(String(value));
  if (!match) return undefined;
  const [, second = '', fraction = '', zone = ''] = match;
  const ms = Date.parse(second + zone);
  return Number.isNaN(ms) ? undefined : { seconds: String(ms / 1000), nanos: Number(fraction.padEnd(9, '0')) };
}

function duration(value: unknown): object | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(String(value));
  if (!match) return undefined;
  const [, sign = '', seconds = '', fraction = ''] = match;
  return { seconds: sign + seconds, nanos: Number(sign + fraction.padEnd(9, '0')) };
}

/** `user.displayName,photo` names fields in lowerCamelCase. */
function maskPaths(text: string): string[] {
  return text === ''
    ? []
    : text.split(',').map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

function struct(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { fields: value } : undefined;
}

function list(value: unknown): object | undefined {
  return Array.isArray(value) ? { values: value } : undefined;
}

function anyValue(value: unknown): object {
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (value === null) return { nullValue: 'NULL_VALUE' };
  return Array.isArray(value) ? { listValue: value } : { structValue: value };
}
