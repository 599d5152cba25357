import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Blocker, Ledger, SetAnalysis } from '../../../src/trace/analysis.ts';
import { headline } from '../../../webview/model/headline.ts';
import type { TailSummary } from '../../../webview/model/messages.ts';

const none: Ledger = { ownCpu: 0, otherCpu: 0, gc: 0, runnable: 0, downstream: 0, idle: 0, client: 0, unknown: 0 };
const set = (ledger: Partial<Ledger>): SetAnalysis => ({
  requests: 70,
  totalUs: 1e6,
  standFor: null,
  unionUs: 5e5,
  ledger: { ...none, ...ledger },
});
const culprit: Blocker = {
  frame: 7,
  name: 'recalculate',
  file: '/srv/shop/src/prices.js',
  line: 41,
  victimUs: 6e5,
  slowShare: 0.618,
  typicalShare: 0.01,
  episodes: 14,
};
const tail = (changes: Partial<TailSummary>): TailSummary => ({
  quantile: 0.99,
  quantileAsked: 0.99,
  thresholdUs: 9000,
  notes: [],
  joinedShare: 1,
  slow: set({ otherCpu: 0.7, idle: 0.3 }),
  typical: set({ ownCpu: 0.6, idle: 0.4 }),
  blockers: [culprit],
  episodes: 14,
  hasEventLoop: true,
  ...changes,
});
const say = (p99Us: number | null, summary: TailSummary | null): string =>
  headline(p99Us, summary)
    .map((part) => part.text)
    .join('');

describe('the headline', () => {
  test('names the culprit, its share and its place', () => {
    const sentence = say(18_400, tail({}));
    assert.equal(
      sentence,
      'p99 is 18.4 ms. 62% of the slow requests’ waiting was for recalculate (prices.js:41), which blocked the event loop.',
    );
    const link = headline(18_400, tail({})).find((part) => part.source);
    assert.deepEqual(link?.source, { file: '/srv/shop/src/prices.js', line: 41 });
  });

  test('only what has an event loop is said to block it', () => {
    assert.match(
      say(18_400, tail({ hasEventLoop: false })),
      /recalculate \(prices\.js:41\), which kept their threads busy\.$/,
    );
  });

  test('garbage collection is called by its name', () => {
    const gc = { ...culprit, frame: -1, name: 'Garbage collection', file: null, line: 0 };
    assert.match(
      say(18_400, tail({ blockers: [gc] })),
      /62% of the slow requests’ waiting was for garbage collection, which stopped the process\./,
    );
  });

  test('a function that typical requests meet as much is no culprit: then the ledger speaks', () => {
    const sentence = say(
      5000,
      tail({
        blockers: [{ ...culprit, typicalShare: 0.6 }],
        slow: set({ downstream: 0.8, idle: 0.2 }),
        typical: set({ downstream: 0.1, idle: 0.9 }),
      }),
    );
    assert.equal(
      sentence,
      'p99 is 5 ms. 80% of the slow requests’ time was waiting for calls to other services, against 10% of the typical ones’.',
    );
  });

  test('few episodes are called a hint', () => {
    assert.match(say(5000, tail({ episodes: 1 })), /Seen in only 1 episode: take it as a hint\.$/);
    assert.doesNotMatch(say(5000, tail({ episodes: 10 })), /hint/);
  });

  test('without requests or without a tail it says so', () => {
    assert.equal(say(null, null), 'No request finished in this stretch of time.');
    assert.match(say(900, null), /too few requests/);
  });
});
