import { loadavg } from 'node:os';
import { say } from '../../../scripts/lib/setUp.mjs';
import { MissingPeer } from './peers.mjs';

/** More runnable threads than this before a benchmark begins, and its figures are marked: the machine was not its own. */
const busyLoad = 0.7;

/**
 * One part of the load benchmarks, as a result file holds it. What can't be measured here is said, by name, and never stops the rest.
 * @param measure answers with its figures, see figures.mjs.
 */
export async function part(name, measure) {
  const [loadBefore] = loadavg();
  const head = { name, loadBefore, machineWasBusy: loadBefore > busyLoad };
  if (head.machineWasBusy) say(`the machine is busy (load ${loadBefore.toFixed(1)}): these figures are a hint only`);
  try {
    const figures = await measure();
    return { ...head, figures };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(`${error instanceof MissingPeer ? 'SKIPPED' : 'FAILED'} ${name}: ${why}`);
    return { ...head, figures: [], [error instanceof MissingPeer ? 'skipped' : 'failed']: why };
  }
}

/** The figures of a part, for people: one line each. */
export function linesOf({ figures, skipped, failed }) {
  if (skipped ?? failed) return [`${skipped ? 'SKIPPED' : 'FAILED'}: ${skipped ?? failed}`];
  return figures.map((figure) => {
    const what = `${figure.work}${figure.against ? ` against ${figure.against}` : ''}, ${figure.quantity}`;
    if (figure.skipped) return `${what}: SKIPPED: ${figure.skipped}`;
    const both = figure.peer === undefined ? '' : `; ${figure.slowpath} against ${figure.peer}`;
    const verdict = figure.reached ? 'reached' : 'NOT REACHED';
    return `${what}: ${figure.measured} ${figure.unit} (${figure.lowest} to ${figure.highest}${both}), asked ${figure.asked}: ${verdict}`;
  });
}
