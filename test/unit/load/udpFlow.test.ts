import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newUdpCounts, UdpFlow, type UdpCounts } from '../../../src/load/drivers/udpFlow.ts';
import { readSequence, withUdpHeader, writeSequence } from '../../../src/load/drivers/udpHeader.ts';

type Step = 'send' | 'giveUp' | number;

function play(steps: readonly Step[]): { counts: UdpCounts; answers: number[] } {
  const counts = newUdpCounts();
  const flow = new UdpFlow(counts);
  const answers: number[] = [];
  let next = 1;
  for (const step of steps) {
    if (step === 'send') flow.send(next++);
    else if (step === 'giveUp') flow.giveUp();
    else if (flow.receive(step)) answers.push(step);
  }
  return { counts, answers };
}

const nothing = { sent: 0, answered: 0, lost: 0, late: 0, reordered: 0, duplicates: 0, unknown: 0 };

test('answered, lost, late, overtaken, twice, never sent', () => {
  assert.deepEqual(play(['send', 1]), { counts: { ...nothing, sent: 1, answered: 1 }, answers: [1] });
  assert.deepEqual(play(['send', 'giveUp']).counts, { ...nothing, sent: 1, lost: 1 });
  assert.deepEqual(play(['send', 'giveUp', 1]).counts, { ...nothing, sent: 1, late: 1 });
  assert.deepEqual(play(['send', 'giveUp', 'send', 1, 2]), {
    counts: { ...nothing, sent: 2, late: 1, answered: 1 },
    answers: [2],
  });
  assert.deepEqual(play(['send', 'giveUp', 'send', 2, 1]).counts, {
    ...nothing,
    sent: 2,
    answered: 1,
    late: 1,
    reordered: 1,
  });
  assert.deepEqual(play(['send', 1, 1, 'send', 1, 2]).counts, { ...nothing, sent: 2, answered: 2, duplicates: 2 });
  assert.deepEqual(play(['send', 'giveUp', 1, 1]).counts, { ...nothing, sent: 1, late: 1, duplicates: 1 });
  assert.deepEqual(play([0, 1, 'send', 2]).counts, { ...nothing, sent: 1, unknown: 3 });
});

test('any history: what counting it afterwards finds', () => {
  const step = fc.oneof(fc.constant('send' as const), fc.constant('giveUp' as const), fc.integer({ min: 0, max: 20 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (raw) => {
      // A request is sent only when none is outstanding, as lanes do it.
      const steps: Step[] = [];
      const fates = new Map</* sequence */ number, ('answered' | 'late')[]>();
      const givenUp = new Set<number>();
      const expected = { ...nothing };
      let [outstanding, newest] = [0, 0];
      for (const each of raw) {
        if (each === 'send' && outstanding !== 0) continue;
        steps.push(each);
        if (each === 'send') {
          outstanding = ++expected.sent;
          fates.set(outstanding, []);
        } else if (each === 'giveUp') {
          if (outstanding !== 0) givenUp.add(outstanding);
          outstanding = 0;
        } else {
          const fate = fates.get(each);
          if (!fate) expected.unknown++;
          else if (fate.length > 0) expected.duplicates++;
          else {
            fate.push(givenUp.has(each) ? 'late' : 'answered');
            if (each === outstanding) outstanding = 0;
            if (each < newest) expected.reordered++;
            newest = Math.max(newest, each);
          }
        }
      }
      for (const [sequence, [fate]] of fates) {
        if (fate) expected[fate]++;
        else if (givenUp.has(sequence)) expected.lost++;
      }
      assert.deepEqual(play(steps).counts, expected);
    }),
    { numRuns: 3000 },
  );
});

test('time-outs are remembered in bounded memory', () => {
  const steps = Array.from({ length: 5000 }, () => ['send', 'giveUp'] as const).flat();
  const { counts } = play([...steps, 5000, 1]);
  assert.deepEqual(counts, { ...nothing, sent: 5000, lost: 4999, late: 1, duplicates: 1 });
});

test('the header carries a number as large as a double counts, for its lane alone', () => {
  const datagram = withUdpHeader(7, Buffer.from('payload'));
  for (const sequence of [1, 2 ** 32 - 1, 2 ** 32, 2 ** 52 + 12345]) {
    writeSequence(datagram, sequence);
    assert.equal(readSequence(datagram, 7), sequence);
    assert.equal(readSequence(datagram, 8), 0);
    assert.equal(readSequence(datagram.subarray(0, 15), 7), 0);
  }
  assert.equal(datagram.toString('latin1', 16), 'payload');
  assert.equal(datagram.toString('latin1', 0, 8), 'SLP1\0\0\0\x07');
  assert.equal(readSequence(Buffer.from('SLP2'.padEnd(16, '\0')), 0), 0);
});
