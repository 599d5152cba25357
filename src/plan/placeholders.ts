/**
 * `${port:name}`, `${env:NAME}` and `${workspaceFolder}` in the plan's texts. `$${` stands for `${` itself.
 */
import { SlowpathError, type ErrorCode } from '../errors.ts';
import type { Locate } from './read.ts';
import { nearest } from './suggest.ts';
import { quoted } from './visible.ts';

export interface PlaceholderValues {
  readonly ports: ReadonlyMap<string, number>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workspaceFolder: string;
}

export type Path = readonly PropertyKey[];

const placeholder = /\$\$\{|\$\{([^{}]*)(\}?)/g;

/** Names of all ports that the texts inside a value ask for, in order, each once. */
export function portNames(value: unknown): string[] {
  const names = new Set<string>();
  for (const text of textsIn(value)) {
    for (const [, inside = ''] of text.matchAll(placeholder)) {
      if (inside.startsWith('port:') && isName(inside.slice(5))) names.add(inside.slice(5));
    }
  }
  return [...names];
}

/** Fills texts in and reports what is wrong at its place in the plan. */
export class Filler {
  private readonly locate: Locate;
  private readonly values: PlaceholderValues;
  private readonly placed = new WeakSet<SlowpathError>();

  constructor(locate: Locate, values: PlaceholderValues) {
    this.locate = locate;
    this.values = values;
  }

  /** @throws SlowpathError PLAN_INVALID at the placeholder. */
  text(value: string, path: Path): string {
    return value.replace(placeholder, (whole, inside: string | undefined, end: string | undefined, index: number) => {
      if (inside === undefined) return '${';
      const wrong = (message: string): never => this.fail(path, message, 'PLAN_INVALID', index + 1);
      if (end === '')
        return wrong(`${quoted(whole)} has no closing brace; write \${…}, or $\${ for the two characters themselves`);
      return this.value(inside) ?? wrong(this.fault(inside));
    });
  }

  /** The same for every text inside a value; keys stay as they are. */
  deep(value: unknown, path: Path): unknown {
    if (typeof value === 'string') return this.text(value, path);
    if (Array.isArray(value)) return value.map((item, index) => this.deep(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.deep(item, [...path, key])]));
  }

  /** Runs a check that throws what is wrong, and adds the place unless it is told already. */
  at<T>(path: Path, check: () => T): T {
    try {
      return check();
    } catch (error) {
      if (error instanceof SlowpathError && !this.placed.has(error))
        return this.fail(path, error.message, error.code, undefined, error);
      throw error;
    }
  }

  /** @throws SlowpathError always: `file:line:column: message`. */
  fail(path: Path, message: string, code: ErrorCode = 'PLAN_INVALID', columnInText?: number, cause?: unknown): never {
    const error = new SlowpathError(
      code,
      `${this.locate(path, columnInText)}: ${message}`,
      cause === undefined ? undefined : { cause },
    );
    this.placed.add(error);
    throw error;
  }

  private value(inside: string): string | undefined {
    if (inside === 'workspaceFolder') return this.values.workspaceFolder;
    if (inside.startsWith('port:')) return this.values.ports.get(inside.slice(5))?.toString();
    const name = inside.startsWith('env:') ? inside.slice(4) : '';
    return Object.hasOwn(this.values.env, name) ? this.values.env[name] : undefined;
  }

  private fault(inside: string): string {
    const [kind = '', name] = inside.split(/:(.*)/s);
    if (kind === 'env' && name !== undefined && name !== '') {
      const near = nearest(name, Object.keys(this.values.env));
      return `the environment variable ${quoted(name)} is not set; set it, or write ${near === null ? 'its value here' : quoted(`\${env:${near}}`)}`;
    }
    if (kind === 'port' || kind === 'env') {
      return `${quoted(`\${${inside}}`)} needs a name; write ${kind === 'port' ? '"${port:api}" (letters, digits, dashes and underscores)' : '"${env:HOME}"'}`;
    }
    const instead = { port: '${port:name}', env: '${env:NAME}', workspaceFolder: '${workspaceFolder}' }[
      nearest(kind, ['port', 'env', 'workspaceFolder']) ?? ''
    ];
    return `${quoted(`\${${inside}}`)} is unknown; write ${instead ?? '${port:name}, ${env:NAME} or ${workspaceFolder}'}, or $\${ for the two characters themselves`;
  }
}

function isName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) yield* textsIn(item);
}
