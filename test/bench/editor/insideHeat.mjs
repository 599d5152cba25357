/** Runs inside the extension host: shows the heat of a file of 10,000 lines again and again, with a store whose analysis answers at once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { HeatRedraw } from '../../../src/editor/heatDrawing.ts';
import { HeatStore } from '../../../src/editor/heatStore.ts';
import { LineHeat } from '../../../src/editor/lineHeat.ts';
import { LineHeatDiff } from '../../../src/editor/lineHeatDiff.ts';

const lines = 10_000;
const rounds = 50;
/** The first rounds run cold, as the first look at a run does; the rest are what brushing costs. */
const warmUp = 3;
/** A line is marked from a share of 0.002 on. */
const hotShare = 0.002;
const hotEvery = 25;

export async function run() {
  const out = process.env['SLOWPATH_BENCH_OUT'];
  const file = join(vscode.workspace.workspaceFolders[0].uri.fsPath, 'long.js');
  writeFileSync(file, Array.from({ length: lines }, (_, line) => `const value${line} = ${line};\n`).join(''));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
  const answers = {
    readRun: reading(file),
    diffHeat: { baseline: { dir: 'b', id: 'b', startedAtMs: Date.now() }, heat: diff(file) },
  };
  const heat = new HeatStore({ ask: (operation) => Promise.resolve(answers[operation]) });
  const drawings = [
    new HeatRedraw(heat, () => (heat.run ? new LineHeat(heat) : undefined)),
    new HeatRedraw(heat, () => (heat.diff ? new LineHeatDiff(heat) : undefined)),
  ];
  const measure = async (baseline) => {
    const spent = [];
    for (let round = 0; round < rounds; round++) {
      const from = performance.now();
      await heat.show('run', null, baseline);
      if (round >= warmUp) spent.push(performance.now() - from);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return spent;
  };
  const [heatMs, diffMs] = [await measure(null), await measure('baseline')];
  writeFileSync(join(out, 'heat.json'), JSON.stringify({ lines, marks: lines / hotEvery, heatMs, diffMs }));
  for (const each of [...drawings, heat]) each.dispose();
}

function reading(file) {
  return {
    dir: 'run',
    id: 'run',
    scenario: 'long',
    workspaceFolder: '',
    startedAtMs: Date.now() + 1000,
    range: null,
    tailQuantile: 0.99,
    findings: [],
    otherProfiles: [],
    lines: Array.from({ length: lines }, (_, line) => ({
      file,
      line: line + 1,
      frame: line,
      functionName: 'work',
      selfUs: 1,
      selfShare: shareOf(line),
      tailShare: shareOf(line),
    })),
    functions: Array.from({ length: lines / 10 }, (_, index) => ({
      frame: index,
      name: 'work',
      file,
      line: 10 * index + 1,
      selfUs: 1,
      totalUs: 1,
      selfShare: 0.001,
      totalShare: 0.05,
      tailShare: 0.05,
      typicalShare: 0.04,
    })),
  };
}

function shareOf(line) {
  return line % hotEvery === 0 ? hotShare : hotShare / 10;
}

/** Every hot line cost a little more or less; the rest as much as before. */
function diff(file) {
  const change = (line) => {
    const delta = line % hotEvery === 0 ? (line % (2 * hotEvery) === 0 ? 5 : -5) : 0;
    return { before: 10, after: 10 + delta, error: 0.1 };
  };
  return {
    per: 'request',
    unit: 'us',
    sumBefore: 1000,
    sumAfter: 1000,
    functions: [],
    lines: Array.from({ length: lines }, (_, line) => ({ file, line: line + 1, name: 'work', self: change(line) })),
  };
}
