import type { Lane } from './drivers/driver.ts';

type SlotState = 'closed' | 'opening' | 'idle' | 'busy' | 'waiting';

/** One lane over all its incarnations, and the request on it. */
export interface Slot {
  readonly ordinal: number;
  lane: Lane | null;
  state: SlotState;
  /** A request is on it: being answered, or waiting for the lane to open. */
  loaded: boolean;
  hasAnswered: boolean;
  backOffMs: number;
  retry: NodeJS.Timeout | null;
  inIdleRing: boolean;
  intendedUs: number;
  dispatchedUs: number;
  sentUs: number;
  endpoint: number;
  /** Of the request on it, from 1, unique in the whole run. */
  sequence: number;
  /** Neighbours in the list of loaded slots, oldest first. */
  previous: Slot | null;
  next: Slot | null;
}

/** A pool's slots, closed and without requests. */
export function newSlots(count: number): Slot[] {
  return Array.from({ length: count }, (_, ordinal) => ({
    ordinal,
    lane: null,
    state: 'closed',
    loaded: false,
    hasAnswered: false,
    backOffMs: 0,
    retry: null,
    inIdleRing: false,
    intendedUs: NaN,
    dispatchedUs: NaN,
    sentUs: NaN,
    endpoint: 0,
    sequence: 0,
    previous: null,
    next: null,
  }));
}

/** The slots with a request, in the order of sending. Hot path: a list through the slots themselves, no garbage. */
export class LoadedSlots {
  count = 0;
  oldest: Slot | null = null;
  private newest: Slot | null = null;

  add(slot: Slot): void {
    this.count++;
    slot.loaded = true;
    slot.previous = this.newest;
    slot.next = null;
    if (this.newest) this.newest.next = slot;
    else this.oldest = slot;
    this.newest = slot;
  }

  remove(slot: Slot): void {
    this.count--;
    slot.loaded = false;
    if (slot.previous) slot.previous.next = slot.next;
    else this.oldest = slot.next;
    if (slot.next) slot.next.previous = slot.previous;
    else this.newest = slot.previous;
    slot.previous = null;
    slot.next = null;
  }
}

/** The idle slots, the one that has been idle longest first. Hot path: a ring of their numbers. */
export class IdleSlots {
  private readonly slots: readonly Slot[];
  private readonly ring: Int32Array;
  private head = 0;
  private count = 0;

  /** @param slots all there are. */
  constructor(slots: readonly Slot[]) {
    this.slots = slots;
    this.ring = new Int32Array(slots.length);
  }

  add(slot: Slot): void {
    if (slot.inIdleRing) return;
    slot.inIdleRing = true;
    this.ring[(this.head + this.count++) % this.ring.length] = slot.ordinal;
  }

  /** Takes the first one out; null if none is idle. */
  take(): Slot | null {
    while (this.count > 0) {
      const slot = this.slots[this.ring[this.head] ?? 0];
      this.head = (this.head + 1) % this.ring.length;
      this.count--;
      if (!slot) continue;
      slot.inIdleRing = false;
      // It may have closed, or been taken by the queue, since it was put here.
      if (slot.state === 'idle') return slot;
    }
    return null;
  }
}
