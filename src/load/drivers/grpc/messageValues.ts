import { SlowpathError } from '../../../errors.ts';
import { nearest } from '../../../plan/suggest.ts';
import type { EnumType, Field, MessageType, Types } from './messageTypes.ts';
import { expectation, scalarOf } from './scalars.ts';
import { isWrapper, wellKnown, wellKnownExpectation } from './wellKnown.ts';

/** Of messages in messages. */
const deepest = 64;
const shownLength = 60;
const anyType = 'google.protobuf.Any';

export interface ValueRules {
  /** Where a value of type Any says by `@type` what it is, that is looked up here. */
  readonly types: Types;
  /** How a map is handed to the encoder: as an object, or as a list of its entries (types that came by reflection). */
  readonly mapsAsEntries: boolean;
}

/**
 * Turns a message written as protobuf's JSON into what protobufjs encodes, and refuses what the encoder would swallow in silence:
 * it ignores fields that it does not know and makes 0 of what is no number.
 * @param where what the message is, for errors.
 * @throws SlowpathError LOAD_FAILED, naming the field.
 */
export function messageValues(type: MessageType, json: unknown, where: string, rules: ValueRules): object {
  return fieldsOf(type, json, { where, path: '', depth: 0, rules });
}

interface Place {
  readonly where: string;
  /** Of the field, e.g. `items[2].price`; empty for the message itself. */
  readonly path: string;
  readonly depth: number;
  readonly rules: ValueRules;
}

function fieldsOf(type: MessageType, json: unknown, place: Place): object {
  if (place.depth > deepest) throw refused(place, `messages are nested more than ${deepest} deep`);
  const written = wellKnown(type.name, json);
  if (written === undefined) throw refused(place, `${shown(json)} is not ${wellKnownExpectation(type.name)}`);
  const value = written ?? (isWrapper(type.name) && !isObject(json) ? { value: json } : json);
  if (!isObject(value)) throw refused(place, `${shown(value)} is not an object with the fields of ${type.name}`);
  if (type.name === anyType && typeof value['@type'] === 'string') return unpacked(value['@type'], value, place);
  const fields: Record<string, unknown> = {};
  const chosen = new Map<string, string>();
  for (const [key, each] of Object.entries(value)) {
    const field = type.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    const inner = { ...place, path: place.path === '' ? key : `${place.path}.${key}`, depth: place.depth + 1 };
    if (!field) throw refused(inner, unknownField(type, key));
    if (field.name in fields) throw refused(inner, 'it stands twice, under its two names');
    const given = fieldValue(field, each, inner);
    if (given === undefined) continue;
    const other = field.oneof === null ? undefined : chosen.get(field.oneof);
    if (other !== undefined) throw refused(inner, `only one of it and "${other}" can be set`);
    if (field.oneof !== null) chosen.set(field.oneof, key);
    fields[field.name] = given;
  }
  return fields;
}

/** The encoder looks the type up again by its name. */
function unpacked(url: string, value: Record<string, unknown>, place: Place): object {
  const name = url.slice(url.lastIndexOf('/') + 1);
  const type = place.rules.types.get(name);
  if (type?.kind !== 'message') throw refused(place, `there is no message ${name} for "@type"`);
  const fields = Object.fromEntries(Object.entries(value).filter(([key]) => key !== '@type'));
  return { ...fieldsOf(type, fields, place), '@type': url };
}

/** @returns undefined for a field that is left out. */
function fieldValue(field: Field, json: unknown, place: Place): unknown {
  if (json === null && field.candidates()[0]?.name !== 'google.protobuf.Value') return undefined;
  if (field.map) return mapOf(field, json, place);
  if (!field.repeated) return single(field, json, place);
  if (!Array.isArray(json)) throw refused(place, `${shown(json)} is not a list`);
  return json.map((each, index) => single(field, each, { ...place, path: `${place.path}[${index}]` }));
}

function mapOf(field: Field, json: unknown, place: Place): object {
  if (!isObject(json)) throw refused(place, `${shown(json)} is not an object from keys to values`);
  const entry = field.candidates().find((type) => type.kind === 'message');
  const [keyField, valueField] = ['key', 'value'].map((name) => entry?.fields.find((each) => each.name === name));
  if (!keyField || !valueField) throw refused(place, 'its type is not known');
  const entries = Object.entries(json).map(([key, value]): [unknown, unknown] => {
    const inner = { ...place, path: `${place.path}[${JSON.stringify(key)}]` };
    // Keys of an object are text, whatever type the map's keys have.
    const plain = keyField.type === 'bool' && /^(true|false)$/.test(key) ? key === 'true' : key;
    return [single(keyField, plain, inner), single(valueField, value, inner)];
  });
  return place.rules.mapsAsEntries
    ? entries.map(([key, value]) => ({ key, value }))
    : Object.fromEntries(entries.map(([key, value]) => [String(key), value]));
}

function single(field: Field, json: unknown, place: Place): unknown {
  const candidates = field.candidates();
  if (field.type === 'message' || field.type === 'group') {
    const type = candidates.find((each) => each.kind === 'message');
    if (!type) throw refused(place, 'its type is not known');
    return fieldsOf(type, json, place);
  }
  if (field.type === 'enum')
    return enumValue(
      candidates.filter((each) => each.kind === 'enum'),
      json,
      place,
    );
  const value = scalarOf(field.type, json);
  if (value === undefined) throw refused(place, `${shown(json)} is not ${expectation(field.type)} (${field.type})`);
  return value;
}

function enumValue(types: readonly EnumType[], json: unknown, place: Place): unknown {
  if (typeof json === 'number' && Number.isInteger(json) && Math.abs(json) < 2 ** 31) return json;
  for (const { values } of types) {
    const number = typeof json === 'string' ? values.get(json) : undefined;
    if (number !== undefined) return number;
  }
  const names = types.flatMap(({ values }) => [...values.keys()]);
  const near = typeof json === 'string' ? nearest(json, names) : null;
  const help = near === null ? `one of ${names.slice(0, 20).join(', ')}` : `did you mean "${near}"?`;
  throw refused(place, `${shown(json)} is not a value of ${types[0]?.name ?? 'its enumeration'}; ${help}`);
}

function unknownField(type: MessageType, key: string): string {
  const names = type.fields.map(({ name }) => name);
  const near = nearest(key, names);
  const help = near === null ? `it has ${names.slice(0, 20).join(', ') || 'none'}` : `did you mean "${near}"?`;
  return `${type.name} has no such field; ${help}`;
}

function refused({ where, path }: Place, why: string): SlowpathError {
  return new SlowpathError('LOAD_FAILED', `${where}${path === '' ? '' : `, field "${path}"`}: ${why}.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return String(value);
  return text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
}
