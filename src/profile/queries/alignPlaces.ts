import type { Profile } from '../tables.ts';

/** Functions of two profiles over one set of rows. */
export interface Alignment {
  /** Row of each frame of A and of B. */
  readonly rowOfA: Int32Array;
  readonly rowOfB: Int32Array;
  /** Of each row: as B has it; of what A alone has, its line moved as its surroundings were. */
  readonly places: readonly { readonly name: string; readonly file: string; readonly line: number }[];
  /** Where a line of A that a frame of A spent time at stands in B's text. */
  readonly currentLine: (frame: number, line: number) => number;
}

/** One function of one side: its frames differ in tier at most. */
interface Place {
  readonly name: string;
  readonly file: string;
  /** 1-based; 0 unknown. */
  readonly line: number;
  readonly column: number;
}

/**
 * Aligns functions by name and file, whatever line they stand at. Where a side has several of one name in a file
 * (`(anonymous)` above all), those are told apart by their lines, A's moved as far as the nearest function above them that
 * is known on both sides.
 */
export function alignPlaces(a: Profile, b: Profile): Alignment {
  const [sideA, sideB] = [placesOf(a), placesOf(b)];
  const places = sideB.places.map(({ name, file, line }) => ({ name, file, line }));
  const rowOfPlaceA = new Int32Array(sideA.places.length).fill(-1);
  const [namedA, namedB] = [byName(sideA.places), byName(sideB.places)];
  const moves = new Map</* file */ string, { line: number; by: number }[]>();
  for (const [key, [only, ...more]] of namedA) {
    const [other, ...others] = namedB.get(key) ?? [];
    if (only === undefined || other === undefined || more.length > 0 || others.length > 0) continue;
    rowOfPlaceA[only] = other;
    const [from, to] = [sideA.places[only], sideB.places[other]];
    if (!from || !to || from.line === 0 || to.line === 0) continue;
    const known = moves.get(from.file) ?? [];
    moves.set(from.file, known);
    known.push({ line: from.line, by: to.line - from.line });
  }
  for (const known of moves.values()) known.sort((one, two) => one.line - two.line);
  const moved = (file: string, line: number): number => {
    if (line === 0) return 0;
    const above = moves.get(file)?.findLast((move) => move.line <= line);
    return Math.max(1, line + (above?.by ?? 0));
  };
  for (const [index, place] of sideA.places.entries()) {
    if ((rowOfPlaceA[index] ?? -1) >= 0) continue;
    const line = moved(place.file, place.line);
    const twin = namedB
      .get(nameKey(place))
      ?.find((other) => sideB.places[other]?.line === line && sideB.places[other].column === place.column);
    rowOfPlaceA[index] = twin ?? places.push({ name: place.name, file: place.file, line }) - 1;
  }
  const rowOfA = sideA.placeOf.map((place) => rowOfPlaceA[place] ?? 0);
  return {
    rowOfA,
    rowOfB: sideB.placeOf,
    places,
    currentLine: (frame, line) => {
      const start = sideA.places[sideA.placeOf[frame] ?? -1];
      const now = places[rowOfA[frame] ?? -1];
      if (!start || !now || start.line === 0 || now.line === 0) return line;
      return Math.max(1, line + now.line - start.line);
    },
  };
}

function placesOf({ frames, strings }: Profile): { placeOf: Int32Array; places: Place[] } {
  const ids = new Map<string, number>();
  const places: Place[] = [];
  const placeOf = Int32Array.from({ length: frames.length }, (_, frame) => {
    const [name, file] = [frames.name[frame] ?? -1, frames.file[frame] ?? -1];
    const [line, column] = [frames.line[frame] ?? 0, frames.column[frame] ?? 0];
    const key = `${name} ${file} ${line} ${column}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, places.length);
    return places.push({ name: strings[name] ?? '', file: strings[file] ?? '', line, column }) - 1;
  });
  return { placeOf, places };
}

function byName(places: readonly Place[]): Map<string, number[]> {
  const named = new Map<string, number[]>();
  for (const [index, place] of places.entries()) {
    const key = nameKey(place);
    const known = named.get(key);
    if (known) known.push(index);
    else named.set(key, [index]);
  }
  return named;
}

function nameKey({ name, file }: Place): string {
  return JSON.stringify([name, file]);
}
