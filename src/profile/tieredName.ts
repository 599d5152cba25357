import { tierOf, type FrameTier, type FrameTierName } from './tables.ts';

/** A function's name with how it was run, where a format has a second name for it and no other place: `price [optimised]`. */
export function tieredName(name: string, tier: FrameTierName): string {
  return `${name} [${tier}]`;
}

/** The tier that a second name tells besides the first; unknown if it is none of ours. */
export function tierIn(tiered: string, name: string): FrameTier {
  const rest = tiered.startsWith(name) ? tiered.slice(name.length) : '';
  return tierOf(/^ \[(\w+)\]$/.exec(rest)?.[1] ?? '');
}
