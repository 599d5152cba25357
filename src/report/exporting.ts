import { SlowpathError } from '../errors.ts';
import { recordedUs } from '../latency/histogram.ts';
import { formatAmount } from '../profile/amount.ts';
import { formatUs } from '../plan/units.ts';
import { profileExports, type ProfileExport } from '../profile/exports/index.ts';
import { exportSvg, svgHead } from '../profile/exports/svg.ts';
import { callTree } from '../profile/queries/callTree.ts';
import { clipProfile } from '../profile/queries/clip.ts';
import { sliceWindows } from '../profile/queries/slice.ts';
import type { Profile } from '../profile/tables.ts';
import type { Run } from '../run/model.ts';
import { analyse, measuredRange } from '../trace/analyse.ts';
import { chromeTraceHead, profileTrace, runTrace } from '../trace/chromeTrace.ts';
import { tailTrees } from '../trace/tailGraph.ts';
import { requestCountText } from './requestCount.ts';
import type { ExportFormat, ExportView } from './exportFormats.ts';

/** What is exported: a run, or a profile from a file. */
export type ExportSource =
  | { readonly kind: 'run'; readonly run: Run }
  | { readonly kind: 'profile'; readonly name: string; readonly profile: Profile };

/** A file to write: piece by piece, gzipped by custom or not. */
export interface Exported extends Pick<ProfileExport, 'gzipped'> {
  readonly pieces: Iterable<string | Uint8Array>;
}

/**
 * A run or a profile in the format of another tool. Of a run it is the CPU time of the measured window; a Chrome trace has
 * all of it.
 *
 * @throws SlowpathError USAGE where the source has nothing to show in that format.
 */
export function exported(source: ExportSource, format: ExportFormat, view: ExportView = 'heavy'): Exported {
  switch (format) {
    case 'svg':
      return { gzipped: false, pieces: view === 'tail' ? tailSvg(source) : heavySvg(source) };
    case 'chrome-trace':
      if (source.kind === 'profile') checkIsTime(source.profile, format);
      return {
        gzipped: false,
        pieces: source.kind === 'run' ? runTrace(source.run) : profileTrace(source.name, source.profile),
      };
    default: {
      const profile = measuredProfile(source);
      if (format === 'cpuprofile') checkIsTime(profile, format);
      const { gzipped, pieces } = profileExports[format];
      return { gzipped, pieces: pieces(profile, { name: nameOf(source), startedAtMs: startedAtMs(source, profile) }) };
    }
  }
}

/** What a file of the format begins with if we wrote it; null where that can't be told. */
export function headOf(format: ExportFormat): string | null {
  if (format === 'svg') return svgHead;
  return format === 'chrome-trace' ? chromeTraceHead : profileExports[format].head;
}

function checkIsTime({ unit }: Profile, format: ExportFormat): void {
  if (unit === 'us') return;
  const what = unit === 'bytes' ? 'sizes' : 'counts';
  throw new SlowpathError(
    'USAGE',
    `The profile holds ${what}, and ${format} has only times; export it as pprof or speedscope.`,
  );
}

function heavySvg(source: ExportSource): Iterable<string> {
  const profile = measuredProfile(source);
  const weights = sliceWindows(profile);
  const note =
    profile.unit === 'us'
      ? `${formatUs(weights.sumUs)} of CPU time in ${formatUs(profile.endUs - profile.startUs)}`
      : formatAmount(weights.sumUs, profile.unit);
  return exportSvg(profile, callTree(profile, weights), { title: nameOf(source), note, typicalShare: null });
}

function tailSvg(source: ExportSource): Iterable<string> {
  if (source.kind === 'profile') {
    throw new SlowpathError('USAGE', 'A profile file has no requests, so there is no tail to draw; use --view heavy.');
  }
  const { run } = source;
  measuredProfile(source);
  const analysis = analyse(run);
  const trees = tailTrees(run, analysis, { widths: 'slow', resamples: 0 });
  if (!run.profile || !trees || !analysis.tail) {
    throw new SlowpathError(
      'USAGE',
      `The run ${run.manifest.id} has too few requests to tell slow from typical; use --view heavy.`,
    );
  }
  const { slow, typical, thresholdUs } = analysis.tail;
  return exportSvg(run.profile, trees.tree, {
    title: `${nameOf(source)}: slow requests against typical ones`,
    note: `what ran while ${requestCountText(slow)} requests took longer than ${formatUs(recordedUs(thresholdUs, Infinity))}, against ${requestCountText(typical)} typical ones`,
    typicalShare: trees.typicalShare,
  });
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

function nameOf(source: ExportSource): string {
  return source.kind === 'run' ? source.run.manifest.scenario.name : source.name;
}

/** Wall clock, ms since 1970; an imported profile's clock is not known. */
function startedAtMs(source: ExportSource, profile: Profile): number {
  return source.kind === 'run' ? (profile.startUs + source.run.manifest.clockOffsetUs.start) / 1000 : 0;
}
