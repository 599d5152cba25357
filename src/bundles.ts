import { basename, join } from 'node:path';

/** The bundles that are started as processes, worker threads or preloads of their own (scripts/build.mjs makes them). */
export type BundleName =
  'load' | 'recorder' | 'doctor' | 'preload' | 'zerox' | 'guard' | 'runner' | 'analysis' | 'reader';

/** Absolute path of a bundle: beside the running one, or in the repository's dist when run from sources. */
export function bundlePath(name: BundleName): string {
  return join(distDirectory(), `${name}.cjs`);
}

/** Absolute path of one of the report page's files. */
export function pagePath(name: 'report.js' | 'report.css' | 'controls.js'): string {
  return join(distDirectory(), 'page', name);
}

/** The bundler replaces `import.meta.dirname` by the bundle's own folder; from sources it is `src`. */
function distDirectory(): string {
  const here = import.meta.dirname;
  return basename(here) === 'dist' ? here : join(here, '..', 'dist');
}
