import { unjudgedWords, type Comparison } from '../latency/compare.ts';
import { SlowpathError } from '../errors.ts';
import { DiffPresence } from '../profile/queries/diff.ts';
import { FrameKind, type Profile, type ProfileUnit } from '../profile/tables.ts';
import {
  compareLatency,
  diffSubjects,
  isTrusted,
  type DiffPer,
  type DiffSubject,
  type SubjectDiff,
} from '../trace/compareRuns.ts';
import type { ExportSource } from './exporting.ts';

/** One function before and after, in the unit a request, a second or a whole (see `DiffResult.per`). */
export interface DiffRow {
  readonly function: string;
  /** '' where it has none. */
  readonly file: string;
  /** Where it starts in B, or in A if B has none; 0 unknown. */
  readonly line: number;
  readonly selfA: number;
  readonly selfB: number;
  readonly totalA: number;
  readonly totalB: number;
  readonly presence: 'both' | 'new' | 'gone';
  /** Whether the own time changed by more than the number of samples alone makes likely (99 %). */
  readonly beyondNoise: boolean;
}

export interface DiffResult {
  readonly unit: ProfileUnit;
  readonly per: DiffPer;
  /** All CPU time. */
  readonly sumA: number;
  readonly sumB: number;
  /** By how much their own time changed, most first. */
  readonly functions: readonly DiffRow[];
  /** Response times, where both are runs. */
  readonly latency: Comparison | null;
  /** Both measurements were judged and are valid, or there are none. Without it no latency may be shown. */
  readonly trusted: boolean;
  /** Why the figures can't be held against each other. */
  readonly objections: readonly string[];
}

/** A normal deviate is beyond it in 1 of 100 cases. */
const z99 = 2.576;

/**
 * Two runs or profiles beside each other.
 *
 * @throws SlowpathError USAGE where one has no profile, or they hold different things.
 */
export function diffResult(a: ExportSource, b: ExportSource): DiffResult {
  const [subjectA, subjectB] = [subjectOf(a), subjectOf(b)];
  const diff = diffSubjects(subjectA, subjectB);
  if (!diff) {
    throw new SlowpathError(
      'USAGE',
      `One profile holds ${subjectA.profile.unit === 'us' ? 'times' : subjectA.profile.unit}, the other ${subjectB.profile.unit === 'us' ? 'times' : subjectB.profile.unit}; compare two of the same kind.`,
    );
  }
  const latency = a.kind === 'run' && b.kind === 'run' ? compareLatency(a.run, b.run) : null;
  const alone = [untrusted(a, 'A'), untrusted(b, 'B')].filter((text) => text !== null);
  return {
    unit: subjectA.profile.unit,
    per: diff.per,
    sumA: diff.sumA,
    sumB: diff.sumB,
    functions: diffRows(diff, subjectA.profile, subjectB.profile),
    latency,
    trusted: alone.length === 0,
    objections: latency?.objections ?? alone,
  };
}

function untrusted(source: ExportSource, side: 'A' | 'B'): string | null {
  if (source.kind === 'profile' || isTrusted(source.run)) return null;
  const { verdict } = source.run.manifest;
  return verdict ? `The measurement of ${side} is invalid.` : unjudgedWords(side);
}

function subjectOf(source: ExportSource): DiffSubject {
  if (source.kind === 'profile') return { profile: source.profile, run: null };
  const { run } = source;
  if (run.profile) return { profile: run.profile, run };
  throw new SlowpathError(
    'USAGE',
    `The run ${run.manifest.id} has no CPU profile to compare; measure one with collection on.`,
  );
}

function diffRows({ functions }: SubjectDiff, a: Profile, b: Profile): DiffRow[] {
  const rows: DiffRow[] = [];
  for (let row = 0; row < functions.length; row++) {
    const presence = functions.presence[row];
    const inB = functions.frameB[row] ?? -1;
    const [profile, frame] = inB >= 0 ? [b, inB] : [a, functions.frameA[row] ?? -1];
    if (presence === DiffPresence.neither || profile.frames.kind[frame] === FrameKind.root) continue;
    const [selfA, selfB] = [functions.selfA[row] ?? 0, functions.selfB[row] ?? 0];
    rows.push({
      function: profile.strings[profile.frames.name[frame] ?? -1] ?? '',
      file: profile.strings[profile.frames.file[frame] ?? -1] ?? '',
      line: profile.frames.line[frame] ?? 0,
      selfA,
      selfB,
      totalA: functions.totalA[row] ?? 0,
      totalB: functions.totalB[row] ?? 0,
      presence: presence === DiffPresence.both ? 'both' : presence === DiffPresence.new ? 'new' : 'gone',
      beyondNoise: Math.abs(selfB - selfA) > z99 * (functions.selfError[row] ?? 0),
    });
  }
  const change = ({ selfA, selfB }: DiffRow): number => Math.abs(selfB - selfA);
  return rows.sort((x, y) => change(y) - change(x));
}
