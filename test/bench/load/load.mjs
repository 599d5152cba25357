import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../../scripts/lib/setUp.mjs';
import { MissingPeer } from './peers.mjs';

/** More of the CPUs' time than this taken in the second before a benchmark begins, and its figures are marked. */
const busyShare = 0.1;

/** Of the CPUs' time in one second, what was not idle: other work here, and what the host took from a virtual machine. */
async function takenShare() {
  const idleMs = () => cpus().reduce((sum, { times }) => sum + times.idle, 0);
  const [idleBefore, before] = [idleMs(), performance.now()];
  await sleep(1000);
  return Math.max(0, 1 - (idleMs() - idleBefore) / (cpus().length * (performance.now() - before)));
}

/**
 * One part of the load benchmarks, as a result file holds it. What can't be measured here is said, by name, and never stops the rest.
 * @param measure answers with its figures, see figures.mjs.
 */
export async function part(name, measure) {
  const takenBefore = await takenShare();
  const head = { name, takenBefore, machineWasBusy: takenBefore > busyShare };
  if (head.machineWasBusy)
    say(`${(100 * takenBefore).toFixed(0)} % of the CPUs' time is taken already: these figures are a hint only`);
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
