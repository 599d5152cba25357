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
