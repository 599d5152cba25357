import { isFiniteNumber, isObject, type JsonObject } from './fields.ts';

/** One thread's columns, wherever the version keeps them. All values unchecked; absent columns are empty. */
export interface FirefoxTables {
  readonly strings: readonly unknown[];
  readonly stackFrame: readonly unknown[];
  /** The caller's stack or null. */
  readonly prefixOf: (stack: number) => unknown;
  readonly frame: Readonly<
    Record<
      'func' | 'category' | 'subcategory' | 'implementation' | 'lib' | 'line' | 'originalLocation',
      readonly unknown[]
    >
  >;
  readonly func: Readonly<
    Record<
      'name' | 'fileName' | 'source' | 'lineNumber' | 'columnNumber' | 'resource' | 'isJS' | 'originalLocation',
      readonly unknown[]
    >
  >;
  /** Places before compilation, by source maps (64). */
  readonly original: Readonly<Record<'source' | 'line' | 'column', readonly unknown[]>>;
  readonly resourceLib: readonly unknown[];
  readonly sourceFilename: readonly unknown[];
  readonly libs: readonly unknown[];
  readonly categories: readonly unknown[];
}

/** Shared tables (56, 60), or the thread's own before. */
export function firefoxTables(profile: JsonObject, thread: JsonObject): FirefoxTables {
  const shared = isObject(profile['shared']) ? profile['shared'] : {};
  const meta = isObject(profile['meta']) ? profile['meta'] : {};
  const table = (name: string): JsonObject => {
    const found = thread[name] ?? shared[name];
    return isObject(found) ? found : {};
  };
  const stack = table('stackTable');
  const frame = table('frameTable');
  const func = table('funcTable');
  const original = isObject(shared['sourceLocationTable']) ? shared['sourceLocationTable'] : {};
  const sources = isObject(shared['sources']) ? shared['sources'] : {};
  const offsets = listOf(stack['prefixOffset']);
  const prefixes = listOf(stack['prefix']);
  return {
    strings: listOf(thread['stringArray'] ?? thread['stringTable'] ?? shared['stringArray']),
    stackFrame: listOf(stack['frame']),
    prefixOf: (row) => {
      if (offsets.length === 0) return prefixes[row] ?? null;
      const offset = offsets[row];
      return isFiniteNumber(offset) ? (offset === 0 ? null : row - offset) : undefined;
    },
    frame: {
      func: listOf(frame['func']),
      category: listOf(frame['category']),
      subcategory: listOf(frame['subcategory']),
      implementation: listOf(frame['implementation']),
      lib: listOf(frame['lib']),
      line: listOf(frame['line']),
      originalLocation: listOf(frame['originalLocation']),
    },
    func: {
      name: listOf(func['name']),
      fileName: listOf(func['fileName']),
      source: listOf(func['source']),
      lineNumber: listOf(func['lineNumber']),
      columnNumber: listOf(func['columnNumber']),
      resource: listOf(func['resource']),
      isJS: listOf(func['isJS']),
      originalLocation: listOf(func['originalLocation']),
    },
    original: {
      source: listOf(original['source']),
      line: listOf(original['line']),
      column: listOf(original['column']),
    },
    resourceLib: listOf(table('resourceTable')['lib']),
    sourceFilename: listOf(sources['filename']),
    libs: listOf(thread['libs'] ?? profile['libs']),
    categories: listOf(meta['categories']),
  };
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
