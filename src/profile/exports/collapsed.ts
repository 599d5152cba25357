import type { Profile } from '../tables.ts';
import { inChunks } from './chunks.ts';
import { placedName } from './names.ts';
import { pathUp, stackTimes } from './stackTimes.ts';

/**
 * Collapsed stacks, as stackcollapse-*.pl of FlameGraph write them: one line a stack, the frames from the root joined by
 * semicolons, then a space and the CPU time in whole µs. Idle time and stacks below half a microsecond are left out.
 */
export function exportCollapsed(profile: Profile): Iterable<string> {
  return inChunks(lines(profile));
}

function* lines(profile: Profile): Generator<string> {
  const selfUs = new Float64Array(profile.stacks.length);
  const times = stackTimes(profile);
  for (let row = 0; row < times.length; row++) {
    const stack = times.stack[row] ?? 0;
    selfUs[stack] = (selfUs[stack] ?? 0) + (times.selfUs[row] ?? 0);
  }
  const names = Array.from({ length: profile.frames.length }, (_, frame) => plain(placedName(profile, frame)));
  for (let stack = 0; stack < selfUs.length; stack++) {
    const us = Math.round(selfUs[stack] ?? 0);
    if (us === 0) continue;
    const path = pathUp(profile, stack).reverse();
    yield `${path.map((at) => names[profile.stacks.frame[at] ?? 0] ?? '').join(';')} ${us}\n`;
  }
}

/** The format has no escapes: what separates frames and lines may not stand in a name. */
function plain(name: string): string {
  return name.replaceAll(';', ':').replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
