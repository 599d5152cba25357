import { say } from '../../../scripts/lib/setUp.mjs';
import { inTurns } from '../turns.mjs';
import { median, seededCoin } from '../statistics.mjs';
import { MissingPeer } from './peers.mjs';

/**
 * Interleaved rounds: each measures every kind once, in an order that a seeded coin draws, so that what a machine does in one minute
 * befalls all kinds alike.
 * @param rounds SLOWPATH_BENCH_ROUNDS overrules it, to try out a benchmark.
 * @param measures by kind; each answers with whatever it measured.
 * @param all carries out the measures of a round; one after the other unless told otherwise.
 * @returns lists by kind, as long as there were rounds.
 */
export async function inRounds(rounds, seed, measures, all = oneByOne) {
  const coin = seededCoin(seed);
  const found = Object.fromEntries(Object.keys(measures).map((kind) => [kind, []]));
  const count = Number(process.env.SLOWPATH_BENCH_ROUNDS ?? rounds);
  for (let round = 0; round < count; round++) {
    const kinds = coin() ? Object.keys(measures) : Object.keys(measures).toReversed();
    const answers = await all(kinds.map((kind) => measures[kind]));
    for (const [index, kind] of kinds.entries()) found[kind].push(answers[index]);
  }
  return found;
}

/**
 * The same where all kinds of a round run at once, in turns of 50 ms: for throughput, on a machine whose speed wanders.
 * @param measures each is called with its turn, see ../turns.mjs.
 */
export function inTurnsOfRounds(rounds, seed, measures) {
  return inRounds(rounds, seed, measures, inTurns);
}

async function oneByOne(measures) {
  const answers = [];
  for (const measure of measures) answers.push(await measure({}));
  return answers;
}

/** The measures of the peers that are here. @returns them, and why the others are not. */
export function available(peers) {
  const [measures, missing] = [{}, {}];
  for (const [name, prepare] of Object.entries(peers)) {
    try {
      measures[name] = prepare();
    } catch (error) {
      if (!(error instanceof MissingPeer)) throw error;
      say(`SKIPPED against ${name}: ${error.message}`);
      missing[name] = error.message;
    }
  }
  return { measures, missing };
}

/**
 * One row of the table: the median of the rounds' own ratios, and their range.
 * @param asked `{ least }` or `{ most }`, of the ratio.
 * @param ours,peers values of the same rounds; of a missing peer: undefined.
 */
export function ratioFigure({ work, against, quantity, asked, ours, peers, skipped }) {
  const head = { work, against, quantity, asked: bound(asked, ' ×') };
  if (!peers) return { ...head, skipped: skipped ?? 'not here' };
  const ratios = ours.map((value, round) => value / peers[round]);
  const ratio = median(ratios);
  return {
    ...head,
    measured: rounded(ratio),
    unit: '×',
    lowest: rounded(Math.min(...ratios)),
    highest: rounded(Math.max(...ratios)),
    slowpath: rounded(median(ours)),
    peer: rounded(median(peers)),
    rounds: ours.length,
    reached: holds(asked, ratio),
  };
}

/** A row without a peer. @param asked of the median of the values. */
export function ownFigure({ work, quantity, asked, unit, values }) {
  const measured = median(values);
  return {
    work,
    against: null,
    quantity,
    asked: bound(asked, ` ${unit}`),
    measured: rounded(measured),
    unit,
    lowest: rounded(Math.min(...values)),
    highest: rounded(Math.max(...values)),
    rounds: values.length,
    reached: holds(asked, measured),
  };
}

function bound({ least, most }, unit) {
  return least === undefined ? `≤ ${most}${unit}` : `≥ ${least}${unit}`;
}

function holds({ least = -Infinity, most = Infinity }, value) {
  return value >= least && value <= most;
}

/** To four digits: more than any of them is worth. */
function rounded(value) {
  return Number(value.toPrecision(4));
}
