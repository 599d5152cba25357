import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  finalLevels,
  findKnee,
  nearEnough,
  type Judged,
  type LevelOutcome,
  type SearchResult,
} from '../../../src/capacity/search.ts';

const range = { fromPerSecond: 10, toPerSecond: 1280, steps: 8 };

/** A service told by what comes of each rate; `asked` notes the order. */
function service(outcomeOf: (rate: number, isRepeat: boolean) => LevelOutcome | null) {
  const asked: string[] = [];
  const measure = (ratePerSecond: number, isRepeat: boolean): Promise<Judged | null> => {
    asked.push(`${ratePerSecond}${isRepeat ? ' again' : ''}`);
    const outcome = outcomeOf(ratePerSecond, isRepeat);
    return Promise.resolve(outcome && { ratePerSecond, outcome });
  };
  return { asked, measure };
}

function assertNear(result: SearchResult<Judged>, capacity: number): void {
  const { knee } = result;
  assert.ok(knee && knee.firstBad !== null, JSON.stringify(knee));
  assert.ok(knee.ratePerSecond <= capacity && capacity < knee.firstBad, JSON.stringify(knee));
  assert.ok(knee.firstBad / knee.ratePerSecond <= nearEnough);
}

test('A sharp knee is found within 5 %, wherever in the range it is', async () => {
  for (const capacity of [10.2, 11, 39.99, 40, 200, 777, 1279]) {
    const { measure, asked } = service((rate) => (rate <= capacity ? 'good' : 'saturation'));
    const result = await findKnee(range, measure);
    assertNear(result, capacity);
    assert.equal(result.knee?.limitedBy, 'saturation');
    assert.equal(result.cancelled, false);
    // Two to one between steps takes four halvings: 2^(1/16) = 1.044.
    assert.ok(asked.length <= 8 + 4 + 1, asked.join(', '));
  }
});

test('Steps go up geometrically, end after two bad ones, and then the interval is halved in the logarithm', async () => {
  const { measure, asked } = service((rate) => (rate <= 100 ? 'good' : 'slo'));
  const { knee } = await findKnee(range, measure);
  assert.deepEqual(asked, ['10', '20', '40', '80', '160', '320', '113', '95.1', '104', '99.5']);
  assert.deepEqual(knee, { ratePerSecond: 99.5, firstBad: 104, limitedBy: 'slo' });
});

test('Below a soft knee objectives are missed before the service is full: the objectives limit', async () => {
  const { measure } = service((rate) => (rate <= 300 ? 'good' : rate <= 900 ? 'slo' : 'saturation'));
  const result = await findKnee(range, measure);
  assertNear(result, 300);
  assert.equal(result.knee?.limitedBy, 'slo');
});

test('A bad level below a good one is measured once more, and one disturbance does not decide', async () => {
  const { measure, asked } = service((rate, again) => (rate === 40 && !again ? 'slo' : rate <= 500 ? 'good' : 'slo'));
  const result = await findKnee(range, measure);
  assertNear(result, 500);
  assert.deepEqual(asked.slice(0, 6), ['10', '20', '40', '80', '40 again', '160']);
  assert.equal(finalLevels(result.levels).filter(({ ratePerSecond }) => ratePerSecond === 40).length, 1);
  assert.equal(result.levels.filter(({ ratePerSecond }) => ratePerSecond === 40).length, 2);
});

test('A bad level that is bad again lies above the knee, whatever is good beyond it', async () => {
  const { measure, asked } = service((rate) => (rate >= 30 && rate <= 45 ? 'slo' : 'good'));
  const result = await findKnee(range, measure);
  assertNear(result, 29.999);
  assert.equal(asked[4], '40 again');
  assert.ok(!asked.includes('160'));
});

test('A generator that fails twice ends the search: no knee is told beyond it', async () => {
  const { measure, asked } = service((rate) => (rate < 160 ? 'good' : 'generator'));
  const { knee } = await findKnee(range, measure);
  assert.deepEqual(asked, ['10', '20', '40', '80', '160', '160 again']);
  assert.deepEqual(knee, { ratePerSecond: 80, firstBad: 160, limitedBy: 'generator' });
});

test('A generator disturbed once is asked again, and the search goes on', async () => {
  const { measure } = service((rate, again) => (rate === 20 && !again ? 'generator' : rate <= 100 ? 'good' : 'slo'));
  assertNear(await findKnee(range, measure), 100);
});

test('A generator that gives up above a bad level leaves the knee below it to be found', async () => {
  const { measure } = service((rate) => (rate <= 100 ? 'good' : rate <= 160 ? 'slo' : 'generator'));
  const result = await findKnee(range, measure);
  assertNear(result, 100);
  assert.equal(result.knee?.limitedBy, 'slo');
});

test('A range that is good throughout has no first bad rate', async () => {
  const { measure, asked } = service(() => 'good');
  const { knee } = await findKnee(range, measure);
  assert.deepEqual(knee, { ratePerSecond: 1280, firstBad: null, limitedBy: 'range' });
  assert.equal(asked.length, 8);
});

test('A range that is bad throughout, or can never be trusted, has no knee', async () => {
  const bad = service(() => 'slo');
  assert.equal((await findKnee(range, bad.measure)).knee, null);
  assert.deepEqual(bad.asked, ['10', '20']);
  const untold = service(() => 'generator');
  assert.equal((await findKnee(range, untold.measure)).knee, null);
  assert.deepEqual(untold.asked, ['10', '10 again']);
});

test('Cut short at any level, what was found until then is kept', async () => {
  const whole = service((rate) => (rate <= 100 ? 'good' : 'slo'));
  await findKnee(range, whole.measure);
  for (let last = 0; last < whole.asked.length; last++) {
    let count = 0;
    const { measure } = service((rate) => (count++ === last ? null : rate <= 100 ? 'good' : 'slo'));
    const result = await findKnee(range, measure);
    assert.equal(result.cancelled, true);
    assert.equal(result.levels.length, last);
    assert.equal(result.knee === null, last === 0);
    if (result.knee) assert.ok(result.knee.ratePerSecond <= 100);
  }
});

test('What a level throws passes on', async () => {
  await assert.rejects(
    findKnee(range, () => Promise.reject(new Error('no port'))),
    /no port/,
  );
});
