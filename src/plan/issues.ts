/** The schema's issues as sentences for a person, each with the path it stands at. */
import * as z from 'zod/mini';
import type { IssueParams } from './schemaParts.ts';
import { nearest } from './suggest.ts';
import { quoted } from './visible.ts';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

export interface PathFault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly params: IssueParams;
  /** For an unknown key: the known one that was probably meant. */
  readonly meant?: string | null;
}

/** zod's error map: what is wrong; what to write instead. Of several unknown keys, one a line. */
export function describeIssue(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeMessage(issue);
    case 'unrecognized_keys':
      return (issue.keys as readonly string[]).map((key) => unknownKeyMessage(key, keysOf(issue.inst))).join('\n');
    case 'invalid_value':
      return choiceMessage(issue.input, (issue.values as readonly unknown[]).map(String));
    case 'invalid_union':
      return unionMessage(issue);
    case 'too_small':
      if (issue.origin === 'array') return 'the list is empty; write at least one entry, or leave the key out';
      return `${shown(issue.input)} is too small; write ${issue.inclusive === false ? 'more than' : 'at least'} ${String(issue.minimum)}`;
    case 'too_big':
      return `${shown(issue.input)} is too large; write at most ${String(issue.maximum)}`;
    default:
      return `${shown(issue.input)} can't stand here; write ${exampleFor(issue)}`;
  }
}

/** Unions are entered by the way that fits best, and several unknown keys become one fault each. */
export function pathFaults(issues: readonly Issue[]): PathFault[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const lines = issue.message.split('\n');
      return issue.keys.map((key, index): PathFault => {
        const message = lines[index] ?? '';
        const meant = /; write "([^"]+)"$/.exec(message)?.[1] ?? null;
        return { path: [...issue.path, key], message, params: { atKey: true, inSchema: true }, meant };
      });
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0 && issue.message === unionHint) {
      return pathFaults(bestBranch(issue.errors).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })));
    }
    const params: IssueParams = issue.code === 'custom' ? (issue.params ?? {}) : { inSchema: true };
    return [{ path: issue.path, message: issue.message, params }];
  });
}

/** Stands for "look into the branches"; never shown. */
const unionHint = 'union';

function unionMessage(issue: RawIssue): string {
  if (issue.input === undefined) return missingMessage(issue);
  if (issue.code !== 'invalid_union' || (issue.errors as readonly unknown[]).length > 0) return unionHint;
  const input: unknown = issue.input;
  const key = issue.discriminator ?? '';
  const options = discriminatorValues(issue.inst, key);
  const given: unknown =
    typeof input === 'object' && input !== null && Object.hasOwn(input, key)
      ? (input as Record<string, unknown>)[key]
      : undefined;
  return given === undefined
    ? `the key ${quoted(key)} is missing; write ${quoted(key)}: ${options.map((option) => quoted(option)).join(' or ')}`
    : choiceMessage(given, options);
}

/**
 * The branch that understands most: one for values of this kind rather than of another, then the one with the fewest missing and
 * unknown keys at its top, the first among equals.
 */
function bestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const otherKind: Readonly<Record<string, number>> = { invalid_value: 1000, invalid_type: 2000 };
  const cost = (issues: readonly Issue[]): number =>
    issues.reduce((sum, issue) => {
      if (issue.path.length === 0 && issue.code in otherKind) return sum + (otherKind[issue.code] ?? 0);
      if (issue.code === 'unrecognized_keys' && issue.path.length === 0) return sum + issue.keys.length;
      return (
        sum + (issue.path.length <= 1 && (issue.code === 'invalid_type' || issue.code === 'invalid_union') ? 1 : 0.5)
      );
    }, 0);
  return branches.reduce((best, branch) => (cost(branch) < cost(best) ? branch : best));
}

function typeMessage(issue: RawIssue): string {
  if (issue.input === undefined) return missingMessage(issue);
  const key = issue.path?.at(-1);
  const name = typeof key === 'string' ? `${quoted(key)} ` : '';
  const wanted = wantedTypes[String(issue.expected)] ?? String(issue.expected);
  const quotedScalar =
    issue.expected === 'string' && (typeof issue.input === 'number' || typeof issue.input === 'boolean');
  const instead = quotedScalar ? quoted(String(issue.input)) : exampleFor(issue);
  return `${name === '' ? 'this ' : name}must be ${wanted}, not ${shown(issue.input)}; write ${instead}`;
}

function missingMessage(issue: RawIssue): string {
  return `the key ${quoted(String(issue.path?.at(-1) ?? ''))} is missing; write ${exampleFor(issue)}`;
}

const wantedTypes: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const examplesByType: Readonly<Record<string, string>> = {
  string: '"…" in double quotes',
  number: 'digits, as in 1',
  int: 'digits, as in 1',
  boolean: 'true or false',
  array: '[ … ]',
  object: '{ … }',
  record: '{ … }',
};

/** `"url": "http://127.0.0.1:3000"`: the schema's own first example, after its key. */
function exampleFor(issue: RawIssue): string {
  const schema = issue.inst;
  const examples =
    schema && '_zod' in schema && 'def' in schema._zod
      ? z.globalRegistry.get(schema as z.core.$ZodType)?.['examples']
      : undefined;
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
  const key = issue.path?.at(-1);
  const value =
    example === undefined
      ? (examplesByType[String('expected' in issue ? issue.expected : '')] ?? 'another value')
      : JSON.stringify(example);
  return typeof key === 'string' && issue.input === undefined ? `${quoted(key)}: ${value}` : value;
}

function unknownKeyMessage(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  const instead =
    near === null
      ? known.length === 1
        ? quoted(known[0] ?? '')
        : `one of ${known.map((each) => quoted(each)).join(', ')}`
      : quoted(near);
  return `the key ${quoted(key)} is unknown here; write ${instead}${near === null ? ', or leave it out' : ''}`;
}

function choiceMessage(input: unknown, options: readonly string[]): string {
  const near = typeof input === 'string' ? nearest(input, options) : null;
  return `${shown(input)} is unknown here; write ${near === null ? options.map((option) => quoted(option)).join(' or ') : quoted(near)}`;
}

/** A value as it may be shown: short, and nothing of it acts on a terminal. */
function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value, 40);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}

/** The keys an object's schema knows. */
function keysOf(schema: unknown): readonly string[] {
  return schema instanceof z.ZodMiniObject ? Object.keys(schema.def.shape) : [];
}

/** What the branches of a discriminated union want under its key. */
function discriminatorValues(schema: unknown, key: string): readonly string[] {
  if (!(schema instanceof z.ZodMiniDiscriminatedUnion)) return [];
  return schema.def.options.flatMap((option) => {
    const literal: unknown =
      option instanceof z.ZodMiniObject ? (option.def.shape as Record<string, unknown>)[key] : null;
    return literal instanceof z.ZodMiniLiteral ? literal.def.values.map(String) : [];
  });
}
