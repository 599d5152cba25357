import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import { encodeHlogHeader, encodeHlogLine } from '../../../src/latency/hlog.ts';
import { newHistogram, record } from '../../../src/latency/histogram.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { differenceSteps } from '../../../src/profile/difference.ts';
import { DiffPresence } from '../../../src/profile/queries/diff.ts';
import { packProfile, packRun } from '../../../src/run/pack.ts';
import type { ThreadLanes } from '../../../src/profile/queries/threadLanes.ts';
import type { TimeRange } from '../../../src/trace/analysis.ts';
import { rowCount } from '../../../webview/flame/layout.ts';
import { distinctRates, distinctTags } from '../../../webview/model/distinctTags.ts';
import { hlogModel } from '../../../webview/model/hlog.ts';
import { laneAfterKey, laneGroups } from '../../../webview/model/laneGroups.ts';
import type {
  DiffFlame,
  DiffModel,
  FlameModel,
  HlogModel,
  ProfileInfo,
  RangeModel,
  RunInfo,
} from '../../../webview/model/messages.ts';
import { Session } from '../../../webview/model/session.ts';
import { transferables } from '../../../webview/model/transfer.ts';
import { syntheticFindings, syntheticRun } from '../../fixtures/run.ts';
import { threadsProfile } from '../../fixtures/threadsProfile.ts';

const run = syntheticRun(1);
const window = run.manifest.window;
assert.ok(window && run.profile);
const { profile } = run;

function opened(): { session: Session; info: RunInfo } {
  const session = new Session();
  const info = session.answer({ type: 'openRun', run: packRun(run, syntheticFindings()), baseline: null }) as RunInfo;
  return { session, info };
}

const flame = (session: Session, mode: FlameModel['mode'], frame = -1): FlameModel =>
  session.answer({ type: 'flame', mode, range: null, thread: -1, frame }) as FlameModel;

describe('a run', () => {
  test('its whole window has the manifest’s own figures', () => {
    const model = opened().session.answer({ type: 'range', range: null }) as RangeModel;
    const value = (quantile: number) => model.quantiles.find((row) => row.quantile === quantile)?.response.value;
    const known = run.manifest.summary?.latencyUs.response;
    assert.equal(value(0.5), known?.p50);
    assert.equal(value(0.99), known?.p99);
    assert.equal(value(1), known?.max);
    assert.equal(model.ratePerSecond, run.manifest.summary?.ratePerSecond.achieved);
    const { p99 } = run.manifest.summary?.latencyUs.service ?? {};
    assert.equal(model.quantiles.find((row) => row.quantile === 0.99)?.service.value, p99);
    assert.ok(
      model.response.us.some((us) => us === known?.p99),
      'the chart goes through it too',
    );
    assert.equal(model.requests, run.manifest.summary?.requests.sent);
    assert.ok(model.whole);
  });

  test('of a run whose rows are a sample, all requests are told', () => {
    const { summary } = run.manifest;
    assert.ok(summary);
    const requests = { ...summary.requests, sent: 100_000, ok: 99_000, errors: 700, timeouts: 300, inFlight: 0 };
    const manifest = { ...run.manifest, summary: { ...summary, requests } };
    const session = new Session();
    session.answer({ type: 'openRun', run: packRun({ ...run, manifest }, []), baseline: null });
    const model = session.answer({ type: 'range', range: null }) as RangeModel;
    assert.deepEqual([model.requests, model.errors], [100_000, 1000]);
    assert.deepEqual(
      model.quantiles.map(({ quantile, response: { value, low, samplesAbove, earned } }) => {
        return { quantile, value, low, samplesAbove, earned };
      }),
      (
        [
          [0.5, 'p50'],
          [0.9, 'p90'],
          [0.95, 'p95'],
          [0.99, 'p99'],
          [0.999, 'p99.9'],
          [1, 'max'],
        ] as const
      ).map(([quantile, key]) => {
        const samplesAbove = Math.round(100_000 * (1 - quantile));
        return { quantile, value: summary.latencyUs.response[key], low: null, samplesAbove, earned: quantile < 1 };
      }),
      'the sample holds more of the slow ones: what only it could tell is not told',
    );
  });

  test('finds the planted culprit', () => {
    const model = opened().session.answer({ type: 'range', range: null }) as RangeModel;
    assert.equal(model.tail?.blockers[0]?.name, 'recalculate');
    assert.ok(model.tail.blockers[0].slowShare > 0.4);
    const ledger = Object.values<number>({ ...model.tail.slow.ledger }).reduce((sum, share) => sum + share, 0);
    assert.ok(Math.abs(ledger - 1) < 1e-9);
  });

  test('a range is counted by hand', () => {
    const range = { startUs: window.startUs + 3e6, endUs: window.startUs + 5e6 };
    const model = opened().session.answer({ type: 'range', range }) as RangeModel;
    let expected = 0;
    for (const intended of run.requests.intendedUs) if (intended >= range.startUs && intended < range.endUs) expected++;
    assert.equal(model.requests, expected);
    assert.equal(model.ratePerSecond, expected / 2);
    assert.ok(!model.whole);
  });

  test('an empty range has no figures and no error', () => {
    const model = opened().session.answer({ type: 'range', range: { startUs: 1, endUs: 2 } }) as RangeModel;
    assert.equal(model.requests, 0);
    assert.equal(model.tail, null);
    assert.ok(model.quantiles.every((row) => Number.isNaN(row.response.value)));
  });

  test('the timeline counts each request once', () => {
    const { timeline } = opened().info;
    assert.ok(timeline);
    const cells = timeline.heatmap.counts.reduce((sum, count) => sum + count, 0);
    assert.equal(cells, run.requests.length);
    const sent = timeline.sentPerSecond.reduce((sum, rate) => sum + (rate * timeline.bucketUs) / 1e6, 0);
    assert.ok(Math.abs(sent - run.requests.length) < 1e-6);
    assert.equal(timeline.stalls.length, run.runtime.stalls.length);
  });

  test('CPU over time adds up to what schedstat counted', () => {
    const { timeline } = opened().info;
    const { cpuUs } = run.runtime.sched;
    assert.ok(timeline);
    const used = timeline.cpuShare.reduce(
      (sum, share) => sum + (Number.isNaN(share) ? 0 : share * timeline.bucketUs),
      0,
    );
    assert.ok(Math.abs(used - ((cpuUs.at(-1) ?? 0) - (cpuUs[0] ?? 0))) < 1);
  });

  test('each kind of flamegraph has boxes; the sandwich asks for a function', () => {
    const { session } = opened();
    for (const mode of ['time', 'heavy', 'tail'] as const) {
      const model = flame(session, mode);
      assert.equal(model.empty, null, mode);
      assert.ok(rowCount(model.layout) >= 5, mode);
    }
    assert.match(flame(session, 'sandwich').empty ?? '', /Choose a function/);
    const culprit = flame(
      session,
      'sandwich',
      (session.answer({ type: 'range', range: null }) as RangeModel).tail?.blockers[0]?.frame,
    );
    assert.ok(culprit.callers && rowCount(culprit.callers) === 4);
  });

  test('the tail flamegraph compares shares of both sets', () => {
    const { session, info } = opened();
    const { layout } = flame(session, 'tail');
    assert.equal(layout.unit, 'share');
    assert.ok(layout.contrast && info.profile);
    const box = layout.frame.findIndex((frame) => info.profile?.labels.name[frame] === 'recalculate');
    assert.ok((layout.end[box] ?? 0) - (layout.start[box] ?? 0) > 0.5);
    assert.ok((layout.contrast[box] ?? 1) < 0.05);
  });

  test('answers can be handed over without emptying what the worker keeps', () => {
    const { session } = opened();
    const first = session.answer({ type: 'range', range: null });
    structuredClone(first, { transfer: transferables(first) });
    const picture = flame(session, 'tail');
    structuredClone(picture, { transfer: transferables(picture) });
    const again = session.answer({ type: 'range', range: null }) as RangeModel;
    assert.equal(again.tail?.blockers[0]?.name, 'recalculate');
    assert.ok(flame(session, 'tail').layout.frame.length > 0);
  });

  test('a baseline gives a comparison with its caution', () => {
    const session = new Session();
    const info = session.answer({
      type: 'openRun',
      run: packRun(run, []),
      baseline: packRun(syntheticRun(2, { culpritUs: 0 }), []),
    }) as RunInfo;
    assert.ok(info.compare);
    const p99 = info.compare.groups[0]?.quantiles.find((row) => row.quantile === 0.99);
    assert.ok((p99?.ratio ?? 0) > 5, 'B has the culprit, A has not');
    assert.match(info.compare.caveat, /one pair/);
  });

  test('a baseline gives a differential flamegraph: widths, colours, new and gone', () => {
    const session = new Session();
    const baseline = packRun(syntheticRun(2, { culpritUs: 0 }), []);
    session.answer({ type: 'openRun', run: packRun(run, []), baseline });
    const model = session.answer({ type: 'diff' }) as DiffModel;
    structuredClone(model, { transfer: transferables(model) });
    const again = session.answer({ type: 'diff' }) as DiffModel;
    assert.equal(again.per, 'request');
    const row = again.labels.name.indexOf('recalculate');
    assert.equal(again.functions.presence[row], DiffPresence.new);
    const boxOf = ({ layout }: DiffFlame): number => layout.frame.indexOf(row);
    for (const widths of ['b', 'equal', 'a'] as const) {
      const flame = session.answer({ type: 'diffFlame', widths }) as DiffFlame;
      const { layout, totalA, totalB, selfB } = flame;
      const whole = layout.end.slice(0, layout.rowStart[1]).at(-1) ?? 0;
      const expected = { a: again.sumA, b: again.sumB, equal: (again.sumA + again.sumB) / 2 }[widths];
      assert.ok(Math.abs(whole - expected) < 1e-6, `${widths}: ${whole} of ${expected}`);
      if (widths === 'a') {
        assert.equal(boxOf(flame), -1, 'what is new has no width in A');
      } else {
        const box = boxOf(flame);
        assert.equal(layout.tint?.[box], differenceSteps - 1);
        assert.equal(totalA[box], 0);
        assert.ok((selfB[box] ?? 0) > 20);
        const width = (layout.end[box] ?? 0) - (layout.start[box] ?? 0);
        assert.ok(Math.abs(width - (totalB[box] ?? 0) / (widths === 'b' ? 1 : 2)) < 1e-6);
      }
      structuredClone(flame, { transfer: transferables(flame) });
    }
    const steady = again.labels.name.indexOf('validate');
    assert.equal(again.functions.presence[steady], DiffPresence.both);
  });

  test('without a baseline, or without profiles, there is nothing to compare', () => {
    const { session } = opened();
    assert.equal(session.answer({ type: 'diff' }), null);
    session.answer({ type: 'openRun', run: packRun(run, []), baseline: packRun({ ...run, profile: null }, []) });
    assert.equal(session.answer({ type: 'diff' }), null);
    assert.equal(session.answer({ type: 'diffFlame', widths: 'a' }), null);
  });

  test('a run that was cut too early to tell a rate shows none', () => {
    const { manifest } = run;
    const summary = manifest.summary && { ...manifest.summary, ratePerSecond: { offered: null, achieved: null } };
    const session = new Session();
    const cut = packRun({ ...run, manifest: { ...manifest, state: 'cancelled', summary } }, []);
    session.answer({ type: 'openRun', run: cut, baseline: null });
    assert.equal((session.answer({ type: 'range', range: null }) as RangeModel).ratePerSecond, null);
    assert.ok(((opened().session.answer({ type: 'range', range: null }) as RangeModel).ratePerSecond ?? 0) > 400);
  });

  test('an interrupted run without window, profile or requests still opens', () => {
    const empty = syntheticRun(1, { durationUs: 1, warmupUs: 0 });
    const bare = {
      ...empty,
      profile: null,
      manifest: { ...empty.manifest, state: 'incomplete' as const, window: null, verdict: null, summary: null },
    };
    const session = new Session();
    const info = session.answer({ type: 'openRun', run: packRun(bare, []), baseline: null }) as RunInfo;
    assert.equal(info.timeline, null);
    const model = session.answer({ type: 'range', range: null }) as RangeModel;
    assert.equal(model.requests, 0);
  });
});

describe('other files', () => {
  test('a profile alone', () => {
    const session = new Session();
    const info = session.answer({ type: 'openProfile', profile: packProfile(profile) }) as ProfileInfo;
    assert.equal(info.samples, profile.samples.length);
    const model = session.answer({ type: 'range', range: null }) as RangeModel;
    assert.ok(model.functions.length > 10);
    assert.ok(Math.abs(model.functions.selfShare.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);

    const bytes = readFileSync(new URL('../../fixtures/profiles/recursion.cpuprofile', import.meta.url));
    const other = packProfile(importProfile(bytes));
    const file = session.answer({ type: 'openProfile', profile: other }) as ProfileInfo;
    assert.ok(file.samples > 0);
    assert.equal(flame(session, 'heavy').empty, null);
  });

  test('a profile’s figures can be asked for again and again, empty ones too', () => {
    const session = new Session();
    session.answer({ type: 'openProfile', profile: packProfile(profile) });
    for (const range of [null, { startUs: 1, endUs: 2 }, { startUs: 1, endUs: 3 }]) {
      const questions = [
        { type: 'range', range } as const,
        { type: 'flame', mode: 'heavy', range, thread: -1, frame: -1 } as const,
      ];
      for (const question of questions) {
        const answer = session.answer(question);
        structuredClone(answer, { transfer: transferables(answer) });
      }
    }
  });

  test('a heap profile is counted in bytes and never cut to a stretch of time', () => {
    const heap = importProfile(readFileSync(new URL('../../fixtures/profiles/go/go-heap.pb.gz', import.meta.url)));
    const session = new Session();
    const info = session.answer({ type: 'openProfile', profile: packProfile(heap) }) as ProfileInfo;
    assert.deepEqual([info.unit, info.timeless], ['bytes', true]);
    const { layout } = flame(session, 'heavy');
    assert.deepEqual([layout.unit, layout.span], ['bytes', 1_084_017]);
    const { functions } = session.answer({ type: 'range', range: { startUs: 0, endUs: 1 } }) as RangeModel;
    assert.equal(functions.selfUs[0], 1_056_506);
  });

  test('an interval log: quantiles a tag, values over time', () => {
    let text = encodeHlogHeader({ startTimeMs: 1e12, comments: [] });
    for (let second = 0; second < 3; second++) {
      const histogram = newHistogram();
      for (let i = 1; i <= 100; i++) record(histogram, i * 10);
      text += encodeHlogLine({ tag: 'response/create', startSeconds: second, lengthSeconds: 1, histogram });
    }
    const model = new Session().answer({ type: 'openHlog', text }) as HlogModel;
    assert.deepEqual(
      model.tags.map((tag) => [tag.tag, tag.count]),
      [['response/create', 300]],
    );
    const p50 = model.tags[0]?.quantiles[0]?.value ?? 0;
    assert.ok(Math.abs(p50 - 500) < 1, `p50 ${p50}`);
    assert.deepEqual(
      model.perSecond.map((column) => [...column]),
      [[100, 100, 100]],
    );
  });

  test('tags that hold the same are one curve, under the shortest name and in the place of the first', () => {
    const tag = (name: string, us: number): HlogModel['tags'][number] => {
      const histogram = newHistogram();
      record(histogram, us);
      const line = encodeHlogLine({ tag: name, startSeconds: 0, lengthSeconds: 1, histogram });
      const text = encodeHlogHeader({ startTimeMs: 0, comments: [] }) + line;
      const { tags } = hlogModel(text);
      assert.ok(tags[0]);
      return tags[0];
    };
    const tags = [tag('response/list', 900), tag('service/list', 700), tag('response', 900), tag('sendLag', 7)];
    assert.deepEqual(
      distinctTags(tags).map((each) => each.tag),
      ['response', 'service/list', 'sendLag'],
    );
  });

  test('tags recorded as often all the time are one curve of rates, which names them all', () => {
    const histogram = newHistogram();
    record(histogram, 900);
    const twice = newHistogram();
    record(twice, 900);
    record(twice, 901);
    const rows = [
      ['response', histogram],
      ['other', twice],
      ['service', histogram],
    ] as const;
    const text = rows.map(([tag, held]) => encodeHlogLine({ tag, startSeconds: 0, lengthSeconds: 1, histogram: held }));
    const model = hlogModel(encodeHlogHeader({ startTimeMs: 0, comments: [] }) + text.join(''));
    assert.deepEqual(
      distinctRates(model, model.tags).map(({ label, tag }) => [label, tag]),
      [
        ['response, service', 0],
        ['other', 1],
      ],
    );
  });

  test('an empty log and questions before anything is open', () => {
    const session = new Session();
    assert.throws(() => session.answer({ type: 'range', range: null }), SlowpathError);
    const model = session.answer({
      type: 'openHlog',
      text: encodeHlogHeader({ startTimeMs: 0, comments: [] }),
    }) as HlogModel;
    assert.equal(model.tags.length, 0);
  });
});

describe('lanes of threads', () => {
  const { startUs, endUs } = threadsProfile();
  const openThreads = (): { session: Session; info: ProfileInfo } => {
    const session = new Session();
    const info = session.answer({ type: 'openProfile', profile: packProfile(threadsProfile()) }) as ProfileInfo;
    return { session, info };
  };
  const lanesOf = (session: Session, range: TimeRange | null): ThreadLanes => {
    const lanes = session.answer({ type: 'lanes', range }) as ThreadLanes | null;
    assert.ok(lanes);
    return lanes;
  };

  test('follow the brush and keep their places', () => {
    const { session, info } = openThreads();
    const whole = lanesOf(session, null);
    assert.deepEqual([whole.startUs, whole.endUs], [startUs, endUs]);
    assert.deepEqual(
      [...whole.busyUs],
      info.threads.map(({ busyUs }) => busyUs),
    );
    const half = lanesOf(session, { startUs: (startUs + endUs) / 2, endUs });
    assert.deepEqual(half.threads, whole.threads);
    assert.equal(half.busyUs[0], 0, 'the main thread works in the first half');
    assert.equal(half.busyUs[1], whole.busyUs[1], 'the worker in the second');
  });

  test('are still there after an answer was handed over', () => {
    const { session } = openThreads();
    const first = lanesOf(session, null);
    const threads = [...first.threads];
    structuredClone(first, { transfer: transferables(first) });
    assert.deepEqual([...lanesOf(session, null).threads], threads);
  });

  test('stand by process, which is told only where there are several', () => {
    const { session, info } = openThreads();
    const { threads } = lanesOf(session, null);
    assert.deepEqual(laneGroups(info.threads, threads), [
      { process: 'api · pid 41', from: 0, to: 5 },
      { process: 'db · pid 77', from: 5, to: 6 },
    ]);
    assert.deepEqual(laneGroups(info.threads.slice(0, 5), threads.slice(0, 5)), [{ process: null, from: 0, to: 5 }]);
  });

  test('keys walk them and stop at their ends', () => {
    const walk = (lane: number, key: string): number | null => laneAfterKey(3, lane, key);
    assert.deepEqual([walk(0, 'ArrowDown'), walk(2, 'ArrowDown'), walk(0, 'ArrowUp')], [1, 2, 0]);
    assert.deepEqual([walk(1, 'Home'), walk(1, 'End'), walk(1, 'Enter'), walk(1, 'x')], [0, 2, 1, null]);
  });

  test('one thread has none, nor has what has no times', () => {
    const session = opened().session;
    assert.equal(session.answer({ type: 'lanes', range: null }), null);
    session.answer({ type: 'openProfile', profile: packProfile({ ...threadsProfile(), timeless: true }) });
    assert.equal(session.answer({ type: 'lanes', range: null }), null);
  });
});
