import { describe, test } from 'node:test';
import { standStillAtBothEnds } from './standstills.ts';
import { wires } from './wires.ts';

/** Those in the clear have a file each, with more requests and longer stalls. */
const others = wires.filter(({ over, tls }) => tls !== 'nobody' || over === 'unix');

describe(
  'a server and a generator that stand still, a constant delay, a known share of errors',
  { concurrency: 3 },
  () => {
    for (const wire of others) test(wire.name, (t) => standStillAtBothEnds(t, wire));
  },
);
