import type { Run } from '../run/model.ts';
import type { Brushed, SetAnalysis, TailAnalysis } from './analysis.ts';
import { lengthOf, type Intervals } from './intervals.ts';
import { joinRequests, type RequestJoin } from './join.ts';
import { ledgerOf, threadDoings, type ThreadDoings } from './ledger.ts';
import { servingThreads, type Serving } from './serving.ts';
import { rankBlockers, type WaitedSet } from './tail.ts';
import { waitedTimes } from './waiting.ts';
import { episodesOf, requestSets, unionWindows, type RequestSets } from './windows.ts';

/** What does not depend on the chosen range or quantile: made once a run, so that brushing is fast. */
export interface Trace {
  readonly join: RequestJoin;
  readonly serving: Serving;
  readonly doings: readonly ThreadDoings[];
}

const known = new WeakMap<Run, Trace>();

export function traceOf(run: Run): Trace {
  const kept = known.get(run);
  if (kept) return kept;
  const join = joinRequests(run.requests, run.runtime.serverRequests);
  const serving = servingThreads(run, join);
  const trace = { join, serving, doings: threadDoings(run, serving.lanes) };
  known.set(run, trace);
  return trace;
}

/** The profile's threads that served requests. */
export function servingProfileThreads({ serving }: Trace): number[] {
  return serving.lanes.map(({ profileThread }) => profileThread).filter((thread) => thread >= 0);
}

/** Slow requests of the range against typical ones; null if there are no slow ones. */
export function tailAnalysis(run: Run, range: Brushed, quantile: number): TailAnalysis | null {
  const sets = requestSets(run.requests, range, quantile);
  if (!sets) return null;
  const trace = traceOf(run);
  const episodes = episodesOf(run.requests, sets.slow);
  const slowWindowsUs = unionWindows(run.requests, sets.slow);
  const typicalWindowsUs = unionWindows(run.requests, sets.typical);
  return {
    quantile: sets.quantile,
    quantileAsked: sets.quantileAsked,
    thresholdUs: sets.thresholdUs,
    notes: notesOn(run, trace, sets),
    joinedShare: joinedShare(run, trace, sets.slow),
    slow: setAnalysis(run, trace, sets.slow, slowWindowsUs),
    typical: setAnalysis(run, trace, sets.typical, typicalWindowsUs),
    blockers: rankBlockers(
      run.profile,
      waitedSet(run, trace, sets.slow),
      waitedSet(run, trace, sets.typical),
      episodes,
    ),
    episodes: episodes.length / 2,
    slowWindowsUs,
    typicalWindowsUs,
  };
}

function setAnalysis(run: Run, { serving, join, doings }: Trace, rows: Int32Array, windows: Intervals): SetAnalysis {
  return {
    requests: rows.length,
    standFor: standForOf(run, rows),
    totalUs: totalOf(run, rows),
    unionUs: lengthOf(windows),
    ledger: ledgerOf(run, serving, join, rows, doings),
  };
}

function waitedSet(run: Run, { serving, join }: Trace, rows: Int32Array): WaitedSet {
  return { waited: waitedTimes(run, serving, join, rows), totalUs: totalOf(run, rows) };
}

function standForOf({ requests }: Run, rows: Int32Array): number | null {
  const { standsFor } = requests;
  if (!standsFor) return null;
  let sum = 0;
  for (const row of rows) sum += standsFor[row] ?? 1;
  return sum === rows.length ? null : sum;
}

function totalOf({ requests }: Run, rows: Int32Array): number {
  let totalUs = 0;
  for (const row of rows) totalUs += Math.max(0, (requests.doneUs[row] ?? 0) - (requests.intendedUs[row] ?? 0));
  return totalUs;
}

function joinedShare(run: Run, { join }: Trace, rows: Int32Array): number {
  let sent = 0;
  let joined = 0;
  for (const row of rows) {
    if (Number.isNaN(run.requests.sentUs[row] ?? Number.NaN)) continue;
    sent++;
    if ((join.serverRow[row] ?? -1) >= 0) joined++;
  }
  return sent > 0 ? joined / sent : 0;
}

function notesOn(run: Run, trace: Trace, sets: RequestSets): string[] {
  const notes: string[] = [];
  const percent = (share: number): string => `${Math.round(share * 1e5) / 1e3} %`;
  if (sets.quantile < sets.quantileAsked) {
    notes.push(
      `Fewer than ten requests are slower than ${percent(sets.quantileAsked)} of their kind, so the slowest ${percent(1 - sets.quantile)} are shown instead.`,
    );
  }
  if (sets.slow.length < 10) notes.push(`Only ${sets.slow.length} slow requests: too few to tell a cause from chance.`);
  if (run.profile?.timeless)
    notes.push('The profile’s samples carry no times: functions are those of the whole measured window.');
  else if (run.profile && trace.serving.lanes.length === 0)
    notes.push('No thread of the profile could be told to have served the requests.');
  else if (run.profile && trace.serving.lanes.length > 1 && trace.join.matched === 0) {
    notes.push(
      `Any of ${trace.serving.lanes.length} threads may have served a request: shares are of the CPU time of all of them while such requests were in flight.`,
    );
  } else if (run.profile && joinedShare(run, trace, sets.slow) < 0.9) {
    notes.push(
      `The server side is known for ${percent(joinedShare(run, trace, sets.slow))} of the slow requests; the others are laid on the thread that serves their connection.`,
    );
  }
  return notes;
}
