import { SlowpathError } from '../../errors.ts';
import { malformed } from './fields.ts';
import { longestTypeName, type SampleTypes } from './importer.ts';
import type { PprofTables } from './pprofTables.ts';

/** @param falling those with negative values, which can't be shown @throws FORMAT_UNKNOWN naming the types that can be shown. */
export function chooseType(
  { types, defaultType }: PprofTables,
  asked: string | undefined,
  falling: ReadonlySet<number>,
): number {
  if (types.length === 0) throw malformed('it names no type of sample');
  const shown = types.map((_, index) => index).filter((index) => !falling.has(index));
  const last = shown.at(-1);
  if (last === undefined) {
    throw new SlowpathError(
      'FORMAT_UNKNOWN',
      'The profile holds negative values, as the difference of two profiles does: open the two profiles themselves.',
    );
  }
  const find = (name: string): number | undefined => shown.find((index) => types[index]?.name === name);
  if (asked === undefined) return find(defaultType) ?? last;
  // Old heap profiles say `space` where `inuse_space` is meant, as the tool has it.
  const found = find(asked) ?? find(asked.replace(/^inuse_/, ''));
  if (found !== undefined) return found;
  const why = types.some(({ name }) => name === asked)
    ? `The profile's samples of type ${asked} hold negative values, which can't be drawn; the others are`
    : `The profile has no samples of type ${asked}; it has`;
  throw new SlowpathError('FORMAT_UNKNOWN', `${why} ${shown.map((index) => types[index]?.name).join(', ')}.`);
}

/** More types than this are no list to choose from. */
const mostTypes = 64;

/** The names that differ, in the file's order, the chosen one among them; null if that one is no name, or the only one. */
export function choiceOf({ types }: PprofTables, at: number, falling: ReadonlySet<number>): SampleTypes | null {
  const chosen = types[at]?.name ?? '';
  const names = new Set<string>();
  for (const [index, { name }] of types.entries()) {
    const room = names.size < mostTypes || name === chosen;
    if (room && !falling.has(index) && name !== '' && name.length <= longestTypeName) names.add(name);
  }
  return names.size > 1 && names.has(chosen) ? { names: [...names], chosen } : null;
}
