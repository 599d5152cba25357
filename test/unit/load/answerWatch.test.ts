import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerWatch } from '../../../src/load/answerWatch.ts';

/** A watch on a clock and a loop of the test's own: each turn takes 2 µs. */
function newLoop() {
  const loop = { nowUs: 0, turns: [] as (() => void)[], taken: 0 };
  const watch = new AnswerWatch(
    () => loop.nowUs,
    (turn) => loop.turns.push(turn),
  );
  /** Turns the loop for so long, or until the watch lets it sleep. @returns whether it is still turning. */
  const turn = (forUs: number): boolean => {
    const until = loop.nowUs + forUs;
    while (loop.nowUs < until && loop.turns.length > 0) {
      loop.nowUs += 2;
      loop.taken++;
      for (const next of loop.turns.splice(0)) next();
    }
    const turning = loop.turns.length > 0;
    loop.nowUs = Math.max(loop.nowUs, until);
    return turning;
  };
  return { loop, watch, turn };
}

test('the loop turns until the answer, and each answer prolongs it', () => {
  const { loop, watch, turn } = newLoop();
  for (let request = 0; request < 1000; request++) {
    watch.sent(loop.nowUs);
    assert.ok(turn(50));
    assert.equal(loop.turns.length, 1);
  }
  // All of the time was spent in it, but for the turns in which requests were sent.
  assert.ok(watch.spunUs > 0.9 * loop.nowUs && watch.spunUs < loop.nowUs, `${watch.spunUs} of ${loop.nowUs}`);
});

test('it sleeps when no answer comes soon', () => {
  const { loop, watch, turn } = newLoop();
  watch.sent(0);
  assert.equal(turn(10_000), false);
  assert.equal(loop.taken, 100);
  assert.equal(watch.spunUs, 198);
});

test('where answers take longer than it watches, it rests, and tries again after half a second', () => {
  const { loop, watch, turn } = newLoop();
  let watched = 0;
  for (let request = 0; request < 1000; request++) {
    watch.sent(loop.nowUs);
    if (loop.turns.length > 0) watched++;
    assert.equal(turn(1000), false);
  }
  // A second: sixteen watches in vain, half a second of rest, eight more, rest.
  assert.equal(watched, 24);
});

test('a slow answer among quick ones does not make it rest', () => {
  const { loop, watch, turn } = newLoop();
  for (let request = 0; request < 1000; request++) {
    watch.sent(loop.nowUs);
    assert.equal(loop.turns.length, 1, `request ${request} is not watched for`);
    turn(request % 5 === 0 ? 1000 : 50);
  }
});

test('stopped, it lets the loop go and never begins again', () => {
  const { loop, watch, turn } = newLoop();
  watch.sent(0);
  watch.stop();
  assert.equal(turn(100), false);
  watch.sent(loop.nowUs);
  assert.equal(loop.turns.length, 0);
});
