import type { Templates } from '../../content/template.ts';

/** A JSON value whose texts may hold templates. */
export interface JsonSource {
  /** It is the same each time. */
  readonly isFixed: boolean;
  /** For the request that `Templates.advance` was last called for. */
  readonly next: () => unknown;
}

/** Templates are filled in within each text, so that whatever a data file holds stays inside it. */
export function compileJson(value: unknown, templates: Templates): JsonSource {
  if (typeof value === 'string') {
    const source = templates.compile(value);
    return { isFixed: source.fixed !== null, next: () => source.next() };
  }
  if (Array.isArray(value)) {
    const parts = value.map((each) => compileJson(each, templates));
    return { isFixed: parts.every(({ isFixed }) => isFixed), next: () => parts.map((part) => part.next()) };
  }
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(([key, each]) => [key, compileJson(each, templates)] as const);
    return {
      isFixed: parts.every(([, { isFixed }]) => isFixed),
      next: () => Object.fromEntries(parts.map(([key, part]) => [key, part.next()])),
    };
  }
  return { isFixed: true, next: () => value };
}
