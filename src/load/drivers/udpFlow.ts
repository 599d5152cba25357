/** What became of datagrams over the whole load, warm-up included. One object, counted up while it runs. */
export interface UdpCounts {
  /** Requests sent. */
  sent: number;
  /** Answered before their time-out. */
  answered: number;
  /** Timed out and not answered since: the request or its answer was lost. */
  lost: number;
  /** Answered after their time-out. */
  late: number;
  /** Of the late ones: those overtaken, on their socket, by the answer to a later request. */
  reordered: number;
  /** Answers to what had been answered before. */
  duplicates: number;
  /** Datagrams that answer nothing we sent: no header, another lane's, or a number never sent. */
  unknown: number;
}

export function newUdpCounts(): UdpCounts {
  return { sent: 0, answered: 0, lost: 0, late: 0, reordered: 0, duplicates: 0, unknown: 0 };
}

/** So many time-outs a flow remembers, to tell late answers from duplicates: the answer to an older one counts as a duplicate. */
const rememberedTimeouts = 4096;

/**
 * One socket's requests and answers, told apart by number. One request is outstanding at a time, so an answer can only be overtaken
 * if it was given up before (reordering as RFC 4737 has it: a number smaller than one that has already arrived, in the same flow).
 */
export class UdpFlow {
  /** Number of the request that waits for its answer; 0 for none. */
  outstanding = 0;
  private readonly counts: UdpCounts;
  private lastSent = 0;
  private newestAnswered = 0;
  /** Given up and not answered so far, oldest first. */
  private readonly timedOut = new Set<number>();

  constructor(counts: UdpCounts) {
    this.counts = counts;
  }

  /** @param sequence greater than those before. */
  send(sequence: number): void {
    this.counts.sent++;
    this.outstanding = sequence;
    this.lastSent = sequence;
  }

  /** The outstanding request has timed out. */
  giveUp(): void {
    const sequence = this.outstanding;
    if (sequence === 0) return;
    this.counts.lost++;
    this.outstanding = 0;
    this.timedOut.add(sequence);
    if (this.timedOut.size <= rememberedTimeouts) return;
    const [oldest = 0] = this.timedOut;
    this.timedOut.delete(oldest);
  }

  /** The number that an answer without one is taken for: of the request that waits, else of the last that did. */
  get expected(): number {
    return this.outstanding === 0 ? this.lastSent : this.outstanding;
  }

  /** A datagram with this number came. @returns whether it is the answer to the outstanding request. */
  receive(sequence: number): boolean {
    const { counts } = this;
    if (sequence === this.outstanding && sequence !== 0) {
      counts.answered++;
      this.outstanding = 0;
      this.newestAnswered = sequence;
      return true;
    }
    if (this.timedOut.delete(sequence)) {
      counts.late++;
      counts.lost--;
      if (sequence < this.newestAnswered) counts.reordered++;
      else this.newestAnswered = sequence;
    } else if (sequence >= 1 && sequence <= this.lastSent) {
      counts.duplicates++;
    } else {
      counts.unknown++;
    }
    return false;
  }
}
