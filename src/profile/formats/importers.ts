import { chromeTraceImporter } from './chromeTrace.ts';
import { collapsedImporter } from './collapsed.ts';
import { cpuProfileImporter } from './cpuprofile.ts';
import { firefoxImporter } from './firefox.ts';
import { heapProfileImporter } from './heapprofile.ts';
import type { Importer } from './importer.ts';
import { perfScriptImporter } from './perfScript.ts';
import { pprofImporter } from './pprof.ts';
import { speedscopeImporter } from './speedscope.ts';
import { v8LogImporter } from './v8Log.ts';

/** Every format that opens, the more telling ones first: the first whose content fits reads the file. */
export const importers: readonly Importer[] = [
  heapProfileImporter,
  cpuProfileImporter,
  speedscopeImporter,
  pprofImporter,
  chromeTraceImporter,
  firefoxImporter,
  v8LogImporter,
  perfScriptImporter,
  collapsedImporter,
];
