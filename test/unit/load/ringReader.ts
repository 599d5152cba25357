import { workerData } from 'node:worker_threads';
import { RingReader } from '../../../src/load/ring.ts';

/** A thread that takes rows in time it is lent, and wants more once it has taken 64. Ended by whoever started it. */
const reader = new RingReader(workerData as SharedArrayBuffer);
let taken = 0;
for (;;) {
  if (reader.borrow(1000) === null) continue;
  taken += reader.drain(() => undefined);
  reader.giveBack(taken > 64);
}
