import type { RequestQueue } from './requestQueue.ts';
import { Outcome } from './result.ts';
import { newRow, type Row } from './ring.ts';
import type { Slot } from './slots.ts';

export interface EndedRowsOptions {
  /** Of the driver: so many lanes share a connection. */
  readonly lanesPerConnection: number;
  /** Ordinal of the pool's first connection in the run. */
  readonly firstConnection: number;
  /** The object is reused. */
  readonly record: (row: Readonly<Row>) => void;
}

/** Makes a row of every request that has ended, always in the same object. */
export class EndedRows {
  private readonly options: EndedRowsOptions;
  private readonly row = newRow();

  constructor(options: EndedRowsOptions) {
    this.options = options;
  }

  /** Of the request on a slot. Hot path. @param error index into the pool's error codes + 1; 0 for none. */
  ended(
    slot: Readonly<Slot>,
    outcome: Outcome,
    status: number,
    firstByteUs: number,
    doneUs: number,
    bytes: number,
    error: number,
  ): void {
    const { row } = this;
    const { lanesPerConnection, firstConnection, record } = this.options;
    row.intendedUs = slot.intendedUs;
    row.dispatchedUs = slot.dispatchedUs;
    row.sentUs = slot.sentUs;
    row.firstByteUs = firstByteUs;
    row.doneUs = doneUs;
    row.endpoint = slot.endpoint;
    row.status = status;
    row.outcome = outcome;
    row.connection = firstConnection + Math.floor(slot.ordinal / lanesPerConnection);
    row.sequence = slot.sequence;
    row.localPort = slot.lane?.localPort ?? 0;
    row.bytes = Math.min(bytes, 0x7fffffff);
    row.error = error;
    record(row);
  }

  /** Of the head of the queue, which nobody sends any more. */
  unsent(queue: Readonly<RequestQueue>, nowUs: number): void {
    const { row } = this;
    row.intendedUs = queue.intendedUs;
    row.dispatchedUs = queue.dispatchedUs;
    row.endpoint = queue.nextEndpoint;
    row.sentUs = NaN;
    row.firstByteUs = NaN;
    row.doneUs = nowUs;
    row.status = 0;
    row.outcome = Outcome.unsent;
    row.connection = -1;
    row.sequence = 0;
    row.localPort = 0;
    row.bytes = 0;
    row.error = 0;
    this.options.record(row);
  }
}
