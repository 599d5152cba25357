import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What comes after one of these options, or after its `=`, is loaded before the program. */
const LOADED_FIRST = /^(?:-r|--require|--import|--loader|--experimental-loader)(?:=|$)/;
/** tsx by its name, one of its entries (`tsx/esm`), or a file of its folder. */
const TSX = /(?:^|[\\/])tsx(?:$|[\\/@])/;

type Transform = (code: unknown, options?: unknown) => unknown;

/**
 * tsx has esbuild squeeze each file onto one line, and V8 tells a sample's line but not its column: every sample of a file would
 * fall on one line. Where this process runs under tsx, the esbuild it is about to load keeps the line breaks; the program is the
 * same. What tsx has in its cache was squeezed before, so the cache is left aside. Does nothing anywhere else.
 */
export function keepLinesOfTsx(execArgv: readonly string[], env: NodeJS.ProcessEnv): void {
  const tsx = loadedFirst([...execArgv, ...(env['NODE_OPTIONS'] ?? '').split(' ')]).find((name) => TSX.test(name));
  if (tsx === undefined) return;
  const ofProgram = createRequire(join(process.cwd(), 'program.js'));
  const ofTsx = createRequire(tsx.startsWith('file:') ? fileURLToPath(tsx) : ofProgram.resolve(tsx));
  env['TSX_DISABLE_CACHE'] ??= '1';
  loadWith(ofTsx, ofTsx.resolve('esbuild'), keepingLines);
}

/**
 * Requires a module and lets `change` say what it exports. Done while the module is being loaded: what an ES module imports from
 * it later is what it exported when its loading ended, whatever is put into the cache after that.
 */
function loadWith(require: NodeJS.Require, path: string, change: (exports: object) => object): void {
  // Deprecated for adding file types; Node keeps it, and it is put back at once.
  const loaders = Reflect.get(require, 'extensions') as Record<string, (module: NodeJS.Module, path: string) => void>;
  const load = loaders['.js'];
  if (!load) return;
  loaders['.js'] = (module, file) => {
    load(module, file);
    if (file === path) module.exports = change(module.exports as object);
  };
  try {
    require(path);
  } finally {
    loaders['.js'] = load;
  }
}

function loadedFirst(args: readonly string[]): readonly string[] {
  return args.flatMap((arg, index) => {
    const option = LOADED_FIRST.exec(arg)?.[0];
    const value = option?.endsWith('=') === true ? arg.slice(option.length) : args[index + 1];
    return option === undefined || value === undefined ? [] : [value.replaceAll(/^"|"$/g, '')];
  });
}

/** esbuild's exports are getters that can't be replaced in place, so it is a copy that stands in for them. */
function keepingLines(esbuild: object): object {
  const copy: Record<string, unknown> = { ...esbuild };
  for (const name of ['transform', 'transformSync']) {
    const transform = copy[name];
    if (typeof transform !== 'function') continue;
    copy[name] = ((code, options) => (transform as Transform)(code, withLines(options))) satisfies Transform;
  }
  return copy;
}

function withLines(options: unknown): unknown {
  return typeof options === 'object' && options !== null && 'minifyWhitespace' in options
    ? { ...options, minifyWhitespace: false }
    : options;
}
