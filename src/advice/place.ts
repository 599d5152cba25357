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

/** The same place at another line, in the function inlined there if it is one; 0 leaves it. */
export function atLine(place: Place, line: number): Place {
  if (line <= 0) return place;
  const inlined = place.source && place.extent ? inlinedAt(place.source, place.extent, line) : null;
  return inlined ? { ...place, line, functionName: inlined.name } : { ...place, line };
}

/**
 * At the line of the call that matches, inside the function or else inside those it calls: of several the one on the hottest line.
 * Without one at the hottest line.
 * @param lines weights of the function's lines; may be empty.
 */
export function atCall(place: Place, matches: (call: Call) => boolean, lines: ReadonlyMap<number, number>): Place {
  const own = ownLines(place, lines);
  const { source, extent } = place;
  const inside = source && extent ? callsIn(source, extent).filter(matches) : [];
  const calls = inside.length === 0 && source && extent ? callsBelow(source, extent).filter(matches) : inside;
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
  let best = 0;
  for (const [line, us] of lines) if (best === 0 || us > (lines.get(best) ?? 0)) best = line;
  return best;
}

function absolute(file: string, { run }: Evidence): string {
  const isAbsolute = file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file);
  return isAbsolute || /^[a-z-]+:/.test(file) ? file : `${run.manifest.scenario.workspaceFolder}/${file}`;
}
