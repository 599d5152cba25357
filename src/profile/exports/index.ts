import type { Profile } from '../tables.ts';
import { exportMark } from './chunks.ts';
import { exportCollapsed } from './collapsed.ts';
import { exportCpuProfile } from './cpuprofile.ts';
import { exportPprof } from './pprof.ts';
import { exportSpeedscope } from './speedscope.ts';

/** What an export says about where the profile comes from. */
export interface ExportOrigin {
  /** Of the run or the file. */
  readonly name: string;
  /** Wall clock at the start, ms since 1970; 0 unknown. */
  readonly startedAtMs: number;
}

/** A way to write a profile down for other tools. */
export interface ProfileExport {
  /** By custom its files are gzipped; the pieces are not yet. */
  readonly gzipped: boolean;
  /** What every file of this format that we wrote begins with; null where the format has no place for it. */
  readonly head: string | null;
  /** The file piece by piece. */
  readonly pieces: (profile: Profile, origin: ExportOrigin) => Iterable<string | Uint8Array>;
}

export const profileExports = {
  pprof: {
    gzipped: true,
    // The string table's first two entries, "" and the mark: field 6, length-delimited.
    head: `\u0032\0\u0032${String.fromCharCode(exportMark.length)}${exportMark}`,
    pieces: (profile, { startedAtMs }) => exportPprof(profile, { startedAtMs }),
  },
  collapsed: {
    gzipped: false,
    head: null,
    pieces: exportCollapsed,
  },
  speedscope: {
    gzipped: false,
    head: `{"exporter":"${exportMark}"`,
    pieces: (profile, { name }) => exportSpeedscope(profile, name),
  },
  cpuprofile: {
    gzipped: false,
    head: `{"slowpath":{"exporter":"${exportMark}"`,
    pieces: exportCpuProfile,
  },
} as const satisfies Record<string, ProfileExport>;
