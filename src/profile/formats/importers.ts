import { cpuProfileImporter } from './cpuprofile.ts';
import type { Importer } from './importer.ts';
import { perfScriptImporter } from './perfScript.ts';
import { pprofImporter } from './pprof.ts';

/** Every format that opens, the more telling ones first: the first whose content fits reads the file. */
export const importers: readonly Importer[] = [cpuProfileImporter, pprofImporter, perfScriptImporter];
