/**
 * What the plan's schema is put together from: documentation that reaches VS Code, faults that JSON Schema can't express,
 * names and plain texts. A message says what is wrong, then what to write instead.
 */
import * as z from 'zod/mini';
import { quoted } from './visible.ts';

/** What VS Code shows and completes for a value; `examples[0]` is also what error messages tell to write. */
export interface Doc {
  readonly markdownDescription: string;
  readonly examples?: readonly unknown[];
  readonly defaultSnippets?: readonly {
    readonly label: string;
    readonly description?: string;
    readonly body: unknown;
  }[];
  readonly [keyword: string]: unknown;
}

/** Gives a schema its documentation, in both the plain and the rendered form that VS Code reads. */
export function documented<T extends z.core.$ZodType>(schema: T, doc: Doc): T {
  z.globalRegistry.add(schema, {
    ...doc,
    examples: [...(doc.examples ?? [])],
    description: doc.markdownDescription.replace(/[`*]/g, ''),
  });
  return schema;
}

/**
 * A text in a snippet's body. In it `${port:api}` is the plan's own and `${1:api}` the snippet's; VS Code takes what follows
 * `^` as it stands, which is the only way to hand it an escaped dollar sign.
 */
export function snippet(body: string): string {
  return `^${JSON.stringify(body).replace(/\$\{(?=[a-z])/g, '\\${')}`;
}

/** Ends the description of every text that is resolved. */
export const placeholders =
  'May hold `${port:name}` (a free port, the same for the same name), `${env:NAME}` and `${workspaceFolder}`.';

/** What a custom issue carries besides its message. */
export interface IssueParams {
  /** 1-based column inside the text. */
  readonly column?: number;
  /** The fault is in the key, not in its value. */
  readonly atKey?: boolean;
  /** The JSON Schema finds it too, so that the editor already underlines it. */
  readonly inSchema?: boolean;
}

export interface FaultContext {
  addIssue(issue: {
    code: 'custom';
    message: string;
    input: unknown;
    path: PropertyKey[];
    params: Record<string, unknown>;
  }): void;
}

/** Reports a fault of `input`, or of what stands at `path` inside it. */
export function addFault(
  context: FaultContext,
  input: unknown,
  message: string,
  params: IssueParams = {},
  path: readonly PropertyKey[] = [],
): void {
  context.addIssue({ code: 'custom', message, input, path: [...path], params: { ...params } });
}

/** Text of 1 character or more, without NUL: it becomes a path, an argument or an address. */
export function text(doc: Doc): z.ZodMiniString {
  return documented(
    z.string().check(
      z.superRefine((value, context) => {
        if (value === '') addFault(context, value, `the text is empty; write ${exampleOf(doc)}`, { inSchema: true });
        else if (value.includes('\0'))
          addFault(context, value, "a NUL character can't be passed on; write the text without it");
      }),
    ),
    { ...doc, minLength: 1 },
  );
}

/** Scenario and target names become names of folders and files, and stand in tables. */
export function namedRecord<V extends z.core.$ZodType>(what: string, values: V): z.ZodMiniRecord<z.ZodMiniString, V> {
  const check = z.superRefine<Record<string, unknown>>(
    (record, context) => {
      for (const name of Object.keys(record)) {
        if (/^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._-]{0,63}$/u.test(name)) continue;
        const message = `${quoted(name)} can't be the name of a ${what}; write 1 to 64 letters, digits, spaces, dots, dashes or underscores, a letter or digit first`;
        addFault(context, record, message, { atKey: true }, [name]);
      }
    },
    { when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value) },
  );
  return z.record(z.string(), values).check(check);
}

/** A text that holds a `${…}` is checked once it is resolved (resolve.ts). */
export function hasPlaceholder(value: string): boolean {
  return value.includes('${');
}

/** The first example as it would be written. */
export function exampleOf(doc: Doc): string {
  return JSON.stringify(doc.examples?.[0] ?? 'some text');
}
