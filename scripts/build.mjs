/**
 * Builds everything that runs: one bundle a process, and the report page. `--watch` rebuilds on change.
 * Run with Node 24 (the schema is imported from TypeScript directly).
 */
import { build, context } from 'esbuild';
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const watch = process.argv.includes('--watch');
const { version } = JSON.parse(await readFile(resolve(root, 'package.json'), 'utf8'));

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: !watch,
  sourcemap: watch ? 'inline' : false,
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'import.meta.dirname': '__dirname', SLOWPATH_VERSION: JSON.stringify(version) },
};
const node = {
  ...shared,
  platform: 'node',
  // jsonc-parser's UMD build requires its parts at run time, unseen by the bundler: prefer ESM.
  mainFields: ['module', 'main'],
  format: 'cjs',
  target: 'node22',
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
};
const page = {
  ...shared,
  platform: 'browser',
  format: 'iife',
  target: 'chrome120',
  jsx: 'automatic',
  jsxImportSource: 'preact',
};

/** `import source from './worker.ts?bundled'` gives the bundled worker's text: the page starts it from a Blob URL. */
const inlineWorker = {
  name: 'inline-worker',
  setup(plugin) {
    plugin.onResolve({ filter: /\?bundled$/ }, (args) => ({
      path: resolve(args.resolveDir, args.path.slice(0, -'?bundled'.length)),
      namespace: 'inline-worker',
    }));
    plugin.onLoad({ filter: /.*/, namespace: 'inline-worker' }, async (args) => {
      const result = await build({ ...page, entryPoints: [args.path], write: false, metafile: true });
      return {
        contents: result.outputFiles[0].text,
        loader: 'text',
        watchFiles: Object.keys(result.metafile.inputs).map((file) => resolve(root, file)),
      };
    });
  },
};

/** Leaves parts of the load process in files of their own, read when they are first needed. */
const ownFile = {
  name: 'own-file',
  setup(plugin) {
    plugin.onResolve({ filter: /\/grpcLoad\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './grpc.cjs', external: true } : undefined,
    );
  },
};

/**
 * The editor's API as a module that names what is used of it. Left to itself the bundler copies the whole API, property by property, for
 * each module that imports it: forty times a third of a thousand accessors took longer than all the rest of the activation.
 */
const vscodeByName = {
  name: 'vscode-by-name',
  setup(plugin) {
    plugin.onResolve({ filter: /^vscode$/ }, ({ path, namespace }) =>
      namespace === 'vscode-by-name' ? { path, external: true } : { path, namespace: 'vscode-by-name' },
    );
    plugin.onLoad({ filter: /.*/, namespace: 'vscode-by-name' }, async () => {
      const files = ['src/extension.ts', ...globSync('src/editor/**/*.ts', { cwd: root })].map((file) =>
        resolve(root, file),
      );
      const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
      const names = new Set(texts.flatMap((text) => [...text.matchAll(/\bvscode\.(\w+)/g)].map(([, name]) => name)));
      const lines = [...names].map((name) => `export const ${name} = api.${name};`);
      return { contents: ["const api = require('vscode');", ...lines].join('\n'), watchFiles: files };
    });
  },
};

const bundles = [
  { ...node, entryPoints: { extension: 'src/extension.ts' }, plugins: [vscodeByName] },
  { ...node, entryPoints: { cli: 'src/cli.ts' }, banner: { js: '#!/usr/bin/env node' } },
  {
    ...node,
    entryPoints: {
      runner: 'src/runner.ts',
      load: 'src/load/main.ts',
      grpc: 'src/load/drivers/grpc/grpcLoad.ts',
      recorder: 'src/load/recorder.ts',
      doctor: 'src/load/doctor/main.ts',
      guard: 'src/target/guard.ts',
      analysis: 'src/editor/analysisWorker.ts',
      reader: 'src/editor/fileReaderMain.ts',
    },
    plugins: [ownFile],
  },
  // Injected into the target, or run by its Node: any from 18 on.
  {
    ...node,
    entryPoints: { preload: 'src/target/preload.ts', zerox: 'src/target/collectors/zerox/convert.ts' },
    target: 'node18',
  },
  {
    ...page,
    entryPoints: { report: 'webview/main.tsx', controls: 'webview/controls.ts' },
    outdir: 'dist/page',
    plugins: [inlineWorker],
  },
  { ...page, entryPoints: { report: 'webview/report.css' }, outdir: 'dist/page' },
];

await writeSchema();
if (watch) {
  const contexts = await Promise.all(bundles.map((options) => context(options)));
  await Promise.all(contexts.map((each) => each.watch()));
  process.stdout.write('watching\n');
} else {
  await Promise.all(bundles.map((options) => build(options)));
}

/** The plan's JSON Schema for the editor, from the same source as types and validation. */
async function writeSchema() {
  const { planJsonSchema } = await import('../src/plan/schema.ts');
  await writeFile(resolve(root, 'media/slowpath.schema.json'), `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
}
