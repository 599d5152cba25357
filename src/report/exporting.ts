import { SlowpathError } from '../errors.ts';
import { profileExports, type ProfileExport } from '../profile/exports/index.ts';
import { clipProfile } from '../profile/queries/clip.ts';
import type { Profile } from '../profile/tables.ts';
import type { Run } from '../run/model.ts';
import { measuredRange } from '../trace/analyse.ts';

/** What is exported: a run, or a profile from a file. */
export type ExportSource =
  | { readonly kind: 'run'; readonly run: Run }
  | { readonly kind: 'profile'; readonly name: string; readonly profile: Profile };

export const exportFormats = ['pprof', 'collapsed', 'speedscope', 'cpuprofile'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** A file to write: piece by piece, gzipped by custom or not, and by what its like is known again. */
export interface Exported extends Pick<ProfileExport, 'gzipped'> {
  readonly pieces: Iterable<string | Uint8Array>;
}

/**
 * A run or a profile in the format of another tool. Of a run it is the CPU time of the measured window.
 *
 * @throws SlowpathError USAGE for a run without a CPU profile.
 */
export function exported(source: ExportSource, format: ExportFormat): Exported {
  const profile = measuredProfile(source);
  const writing = profileExports[format];
  const { name, startedAtMs } = originOf(source, profile);
  return { gzipped: writing.gzipped, pieces: writing.pieces(profile, { name, startedAtMs }) };
}

/** What a file of the format is called after its name, and what it begins with if we wrote it (null: can't be told). */
export function fileOf(format: ExportFormat): { readonly extension: string; readonly head: string | null } {
  return profileExports[format];
}

function measuredProfile(source: ExportSource): Profile {
  if (source.kind === 'profile') return source.profile;
  const { run } = source;
  if (!run.profile) {
    throw new SlowpathError(
      'USAGE',
      `The run ${run.manifest.id} has no CPU profile to export; measure one with collection on.`,
    );
  }
  const { startUs, endUs } = measuredRange(run);
  return clipProfile(run.profile, startUs, endUs);
}

function originOf(source: ExportSource, profile: Profile): { readonly name: string; readonly startedAtMs: number } {
  if (source.kind === 'profile') return { name: source.name, startedAtMs: 0 };
  const { manifest } = source.run;
  return { name: manifest.scenario.name, startedAtMs: (profile.startUs + manifest.clockOffsetUs.start) / 1000 };
}
