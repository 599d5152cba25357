/** One stretch of a request's time in the chain: a service has it (`own`), or waits for another (`call`). */
export interface Stretch {
  readonly kind: 'own' | 'call';
  /** Whose. */
  readonly target: number;
  readonly startUs: number;
  readonly endUs: number;
}

/**
 * Divides a request's time between its stretches, so that nothing counts twice: each moment belongs to the service that has the
 * request and waits for no other; of several (calls made side by side) to the one that began last. Where all wait, the moment
 * belongs to the call that began last. What it adds sums up to the time that the first stretch lasts.
 *
 * A service's stretch counts only inside a call of another service, and no longer than that call: who has the answer waits no more,
 * whatever the other still does. A call that is stamped late begins with what it called (see `lateCall`).
 *
 * @param stretches in order of their beginning; the first one is the first service's own
 * @param add called with the part, 2 × target for its own time and one more for its calls, and µs
 */
export function divideStretches(stretches: readonly Stretch[], add: (part: number, us: number) => void): void {
  const [first] = stretches;
  if (!first) return;
  let open: Stretch[] = [];
  let now = first.startUs;
  const advance = (to: number): void => {
    while (now < to) {
      open = open.filter(({ endUs }) => endUs > now);
      const holder = open.findLast((each) => each.kind === 'own' && !isWaiting(each, open)) ?? open.at(-1);
      if (holder === undefined) return;
      const until = open.reduce((least, { endUs }) => Math.min(least, endUs), to);
      add(2 * holder.target + (holder.kind === 'call' ? 1 : 0), until - now);
      now = until;
    }
  };
  const begin = (stretch: Stretch, startUs: number): void => {
    const endUs = Math.min(stretch.endUs, endOfCause(stretch, open, first));
    if (endUs > startUs) open.push({ ...stretch, endUs });
  };
  const begun = new Set<Stretch>();
  for (const [index, stretch] of stretches.entries()) {
    if (begun.has(stretch)) continue;
    advance(Math.min(stretch.startUs, first.endUs));
    if (stretch.startUs >= first.endUs) break;
    const call = index > 0 && stretch.kind === 'own' ? lateCall(stretches, index, open) : undefined;
    if (call && !begun.has(call)) {
      begun.add(call);
      begin(call, stretch.startUs);
    }
    begin(stretch, stretch.startUs);
  }
  advance(first.endUs);
}

/**
 * The call that a service's stretch at `index` must be part of though it was stamped after it: Node before 22.12 stamps a call once
 * its request is written, and on a busy machine the other service may have begun some ms before. It is the next one that begins
 * while the stretch lasts, if it doesn't end before it or holds more than half of it: a service that has sent its answer may wait some
 * ms for the core before it can stamp its end. Undefined where a call is open already, or there is none.
 */
function lateCall(stretches: readonly Stretch[], index: number, open: readonly Stretch[]): Stretch | undefined {
  const served = stretches[index];
  const isOthersCall = ({ kind, target }: Stretch): boolean => kind === 'call' && target !== served?.target;
  if (!served || open.some((each) => isOthersCall(each) && each.endUs > served.startUs)) return undefined;
  for (let next = index + 1; next < stretches.length; next++) {
    const each = stretches[next];
    if (!each || each.startUs >= served.endUs) return undefined;
    if (!isOthersCall(each)) continue;
    const heldUs = Math.min(each.endUs, served.endUs) - each.startUs;
    return each.endUs >= served.endUs || 2 * heldUs > served.endUs - served.startUs ? each : undefined;
  }
  return undefined;
}

function isWaiting({ target }: Stretch, open: readonly Stretch[]): boolean {
  return open.some((each) => each.kind === 'call' && each.target === target);
}

/** How long a stretch may last: as what it is part of, which is open when it begins. */
function endOfCause(stretch: Stretch, open: readonly Stretch[], first: Stretch): number {
  if (stretch === first) return first.endUs;
  const causes = open.filter(({ kind, target }) =>
    stretch.kind === 'call'
      ? kind === 'own' && target === stretch.target
      : kind === 'call' && target !== stretch.target,
  );
  // Of calls made side by side the shortest that holds all of it, else the longest.
  const ends = causes.map(({ endUs }) => endUs);
  const holding = ends.filter((endUs) => endUs >= stretch.endUs);
  return holding.length > 0 ? Math.min(...holding) : Math.max(...ends);
}
