import type { HlogModel } from './messages.ts';

/** One tag of each set of those that hold the same, the one with the shortest name: a log of one endpoint has each series twice. */
export function distinctTags(tags: HlogModel['tags']): HlogModel['tags'] {
  const shortest = new Map</* what it holds */ string, HlogModel['tags'][number]>();
  for (const tag of tags) {
    const held = `${tag.count} ${tag.quantiles.map(({ value }) => value).join(' ')}`;
    const known = shortest.get(held);
    // Where it stands, the first of them stood.
    if (!known || tag.tag.length < known.tag.length) shortest.set(held, tag);
  }
  return [...shortest.values()];
}

export interface DistinctRate {
  readonly label: string;
  /** Place of the first of them, which has its colour. */
  readonly tag: number;
  readonly perSecond: readonly number[];
}

/** The recorded values per second of some tags, those together that are the same all the time: one curve would hide the others. */
export function distinctRates(
  { tags, perSecond }: Pick<HlogModel, 'tags' | 'perSecond'>,
  of: HlogModel['tags'],
): DistinctRate[] {
  const found = new Map</* what it holds */ string, DistinctRate>();
  for (const [index, tag] of of.entries()) {
    const rates = Array.from(perSecond[tags.indexOf(tag)] ?? []);
    const held = rates.join(' ');
    const known = found.get(held);
    found.set(
      held,
      known ? { ...known, label: `${known.label}, ${tag.tag}` } : { label: tag.tag, tag: index, perSecond: rates },
    );
  }
  return [...found.values()];
}
