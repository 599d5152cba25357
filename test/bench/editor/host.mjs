/**
 * What the extension costs the extension host, from CPU profiles of the host itself (every millisecond): the time its code takes to be
 * loaded and activated, and the longest time it holds the host without a break while a scenario is measured and its report is opened.
 * Only stretches with code of the extension on the stack count: the host has work of its own, and the machine takes its time too.
 */
import { root } from '../../../scripts/lib/setUp.mjs';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { ownFigure } from '../load/figures.mjs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inHost } from './inHost.mjs';

const rounds = 3;
const bundle = join(root, 'dist/extension.cjs');
/** A sample stands for this at most: in a longer one the host was not running. */
const mostSampleUs = 5000;

/** @returns figures, see ../load/figures.mjs. */
export async function editorHost() {
  const trials = [];
  for (let round = 0; round < rounds; round++) trials.push(await trial());
  const work = `a host in which a scenario is measured (${rounds} times)`;
  const figure = (quantity, most, key) =>
    ownFigure({ work, quantity, unit: 'ms', asked: { most }, values: trials.map((each) => each[key]) });
  return [
    figure('the extension’s own time in its activation, loading included', 30, 'activationMs'),
    figure('whole activation as who waits for it sees it', 100, 'wallMs'),
    figure('longest time the extension held the host', 50, 'longestMs'),
  ];
}

function trial() {
  const env = { SLOWPATH_BENCH_SCENARIO: join(root, 'test/fixtures/services/editor') };
  return inHost('test/bench/editor/inside.ts', result, env);
}

function result(folder) {
  const [activation, measuring] = ['activation', 'measuring'].map((name) =>
    stretches(importProfile(readFileSync(join(folder, `${name}.cpuprofile`)))),
  );
  const { wallMs } = JSON.parse(readFileSync(join(folder, 'activation.json'), 'utf8'));
  return { activationMs: sum(activation) / 1000, wallMs, longestMs: Math.max(0, ...measuring) / 1000 };
}

/** Times without a break in which the extension's code was on the stack, µs each. */
function stretches({ frames, stacks, samples, strings }) {
  const own = new Uint8Array(stacks.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const parent = stacks.parent[stack];
    const file = strings[frames.file[stacks.frame[stack]]] ?? '';
    own[stack] = (parent >= 0 && own[parent] === 1) || file.endsWith(bundle) ? 1 : 0;
  }
  const found = [];
  let current = 0;
  for (let row = 0; row < samples.length; row++) {
    if (own[samples.stack[row]] === 1) {
      current += Math.min(samples.weightUs[row], mostSampleUs);
    } else if (current > 0) {
      found.push(current);
      current = 0;
    }
  }
  return [...found, current];
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
