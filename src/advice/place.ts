/** Where in the person's code a finding points to. */
import type { Evidence } from './finding.ts';
import { knownOf } from './evidence.ts';
import { callsBelow, inlinedAt, isWithin, loopLine } from './inlined.ts';
import { callsIn, functionExtent, type Call, type LineRange, type SourceText } from './source.ts';
import { frameFile, frameName, type StackTimes } from './stackTimes.ts';

export interface Place {
  /** Absolute, or null if the frame has no file. */
  readonly file: string | null;
  readonly line: number | null;
  /** The function's name, for people. */
  readonly functionName: string;
  readonly extent: LineRange | null;
  readonly source: SourceText | null;
}

/** The function of a frame; its line is where it starts. */
export function placeOf(evidence: Evidence, times: StackTimes, frame: number): Place {
  const { profile } = times;
  const file = frameFile(profile, frame);
  const line = profile.frames.line[frame] ?? 0;
  const source = file === '' ? null : knownOf(evidence).source(file);
  const extent = source && line > 0 ? functionExtent(source, line, profile.frames.column[frame] ?? 0) : null;
  const name = frameName(profile, frame);
  return {
    file: file === '' ? null : absolute(file, evidence),
    line: line > 0 ? line : null,
    functionName: name === '' || name === '(anonymous)' ? `the function at line ${line}` : name,
    extent,
    source,
  };
}

/** The function's name in a sentence: of a library's, with the package it comes from. */
export function inWords({ functionName, file }: Place): string {
  const of = packageOf(file ?? '');
  return of === null ? functionName : `${functionName} of ${of}`;
}

/** `express`, `@fastify/static`; null for a file of no package. */
function packageOf(file: string): string | null {
  const parts = file.split(/[/\\]/);
  const at = parts.lastIndexOf('node_modules');
  const name = parts[at + 1];
  if (at < 0 || name === undefined) return null;
  return name.startsWith('@') ? `${name}/${parts[at + 2] ?? ''}` : name;
}

/** The same place at another line, in the function inlined there if it is one; 0 leaves it. */
export function atLine(place: Place, line: number): Place {
  if (line <= 0) return place;
  const inlined = place.source && place.extent ? inlinedAt(place.source, place.extent, line) : null;
  return inlined ? { ...place, line, functionName: inlined.name } : { ...place, line };
}

/** What a function's time was seen on: lines of its own, and functions that it called; weights. May be empty. */
export interface Seen {
  readonly lines: ReadonlyMap<number, number>;
  readonly callees: ReadonlyMap</* name */ string, number>;
}

/**
 * At the line of the call that matches inside the function, else of the one that took most of the time (a library may have made the call that
 * matches), else of one that matches inside the functions it calls; of several the one on the hottest line. Without any at the hottest line.
 */
export function atCall(place: Place, matches: (call: Call) => boolean, seen: Seen): Place {
  const own = ownLines(place, seen.lines);
  const { source, extent } = place;
  const inside = source && extent ? callsIn(source, extent) : [];
  const below = source && extent ? callsBelow(source, extent) : [];
  const callee = heaviest(seen.callees);
  const choices = [inside.filter(matches), inside.filter(({ last }) => last === callee), below.filter(matches)];
  const calls = choices.find(({ length }) => length > 0) ?? [];
  let best = calls[0]?.line ?? 0;
  for (const { line } of calls) if ((own.get(line) ?? 0) > (own.get(best) ?? 0)) best = line;
  return atLine(place, best > 0 ? best : hottest(own));
}

/** At the hottest line of the function, if any is known. */
export function atHottest(place: Place, lines: ReadonlyMap<number, number>): Place {
  const own = ownLines(place, lines);
  const line = hottest(own);
  const { source, extent } = place;
  return atLine(place, source && extent && line > 0 ? loopLine(source, extent, line, own) : line);
}

/** The function's own lines and those of functions inlined into it; lines of other files, inlined too, say nothing here. */
function ownLines({ source, extent }: Place, lines: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  if (!source || !extent) return lines;
  return new Map([...lines].filter(([line]) => isWithin(extent, line) || inlinedAt(source, extent, line) !== null));
}

/** 0 if there is none. */
function hottest(lines: ReadonlyMap<number, number>): number {
  return heaviest(lines) ?? 0;
}

/** The key of the greatest weight; null if there is none. */
export function heaviest<T>(weights: ReadonlyMap<T, number>): T | null {
  let best: readonly [T, number] | null = null;
  for (const each of weights) if (!best || each[1] > best[1]) best = each;
  return best?.[0] ?? null;
}

function absolute(file: string, { run }: Evidence): string {
  const isAbsolute = file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file);
  return isAbsolute || /^[a-z-]+:/.test(file) ? file : `${run.manifest.scenario.workspaceFolder}/${file}`;
}
