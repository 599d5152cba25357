import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyse } from '../../../src/trace/analyse.ts';
import { resampleDifference } from '../../../src/trace/resample.ts';
import { tailTrees, type TailOptions, type TailTrees } from '../../../src/trace/tailGraph.ts';
import { stallingRun } from './syntheticRun.ts';

const run = stallingRun({ seconds: 12 });
const profile = run.profile;
const analysis = analyse(run);

function treesOf(options?: TailOptions): TailTrees {
  const trees = tailTrees(run, analysis, options);
  assert.ok(trees);
  return trees;
}

const rowOf = ({ tree }: TailTrees, name: string): number =>
  tree.frame.findIndex((frame) => profile?.strings[profile.frames.name[frame] ?? -1] === name);

describe('slow against typical', () => {
  test('both trees stand on the same rows, as shares of their own time', () => {
    const trees = treesOf();
    const row = rowOf(trees, 'culprit');
    assert.ok((trees.slowShare[row] ?? 0) > 0.95 && trees.typicalShare[row] === 0);
    for (let at = 0; at < trees.tree.length; at++) {
      const [slow = 0, typical = 0] = [trees.slowShare[at], trees.typicalShare[at]];
      assert.equal(trees.difference[at], slow - typical);
      assert.ok(Math.abs((trees.tree.totalUs[at] ?? 0) - (slow + typical) / 2) < 1e-12, 'widths are the mean of both');
      assert.ok(slow <= 1 + 1e-12 && typical <= 1 + 1e-12);
    }
  });

  test('widths of one set leave out what it has not', () => {
    assert.equal(rowOf(treesOf({ widths: 'typical' }), 'culprit'), -1);
    const slow = treesOf({ widths: 'slow' });
    assert.deepEqual(
      [...slow.tree.totalUs].map((us) => us.toFixed(9)),
      [...slow.slowShare].map((share) => share.toFixed(9)),
    );
  });

  test('the interval of the difference holds it, and is the same for the same seed', () => {
    const trees = treesOf({ seed: 7 });
    const row = rowOf(trees, 'culprit');
    const [low = Number.NaN, high = Number.NaN, difference = Number.NaN] = [
      trees.low[row],
      trees.high[row],
      trees.difference[row],
    ];
    assert.ok(low <= difference + 1e-9 && difference <= high + 1e-9 && low > 0.9);
    assert.deepEqual(treesOf({ seed: 7 }).low, trees.low);
    assert.ok(Number.isNaN(treesOf({ resamples: 0 }).low[row]));
  });

  test('twelve episodes are evidence, two are an anecdote', () => {
    assert.deepEqual([treesOf().episodes, treesOf().anecdote], [12, false]);
    const short = stallingRun({ seconds: 2 });
    assert.equal(tailTrees(short, analyse(short))?.anecdote, true);
  });

  test('own: only the culprits’ and victims’ own parts; blockers: what the victims waited for', () => {
    const own = treesOf({ mode: 'own' });
    const blockers = treesOf({ mode: 'blockers' });
    const total = analysis.tail?.slow.totalUs ?? 0;
    assert.equal(blockers.slowUs, total);
    const victimUs = analysis.tail?.blockers.find(({ name }) => name === 'culprit')?.victimUs ?? 0;
    assert.ok(Math.abs((blockers.slowShare[rowOf(blockers, 'culprit')] ?? 0) - victimUs / total) < 1e-9);
    assert.ok(
      own.typicalShare.every((share) => share <= 1 + 1e-9) && (own.slowShare[rowOf(own, 'culprit')] ?? 0) > 0.5,
    );
    // In the typical requests' own parts only their handler runs.
    assert.ok((own.typicalShare[rowOf(own, 'handler')] ?? 0) > 0.99);
    assert.equal(blockers.typicalShare[rowOf(blockers, 'culprit')], 0);
  });

  test('no profile or no tail: nothing to draw', () => {
    assert.equal(tailTrees({ ...run, profile: null }, analysis), null);
    assert.equal(tailTrees(run, { ...analysis, tail: null }), null);
  });
});

describe('resampling whole episodes', () => {
  // One column; each episode is 10 µs long.
  const set = (shares: readonly number[]): Parameters<typeof resampleDifference>[0] => ({
    episodes: shares.length,
    columns: 1,
    us: Float64Array.from(shares, (share) => share * 10),
    wholeUs: Float64Array.from(shares, () => 10),
  });

  test('episodes that agree leave no doubt', () => {
    const { low, high } = resampleDifference(set([0.5, 0.5, 0.5]), set([0.2, 0.2]), { resamples: 100, seed: 1 });
    assert.ok(Math.abs((low[0] ?? 0) - 0.3) < 1e-12 && Math.abs((high[0] ?? 0) - 0.3) < 1e-12);
  });

  test('of episodes that are 0 or 1, the spread is the binomial one', () => {
    // Mean of 100 draws of a fair coin: ½ ± 1.96·0.05.
    const coin = Array.from({ length: 100 }, (_, index) => index % 2);
    const { low, high } = resampleDifference(set(coin), set([0]), { resamples: 2000, seed: 3 });
    assert.ok(Math.abs((low[0] ?? 0) - 0.402) < 0.02 && Math.abs((high[0] ?? 0) - 0.598) < 0.02);
  });
});
