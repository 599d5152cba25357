import type { Cell, Matrix } from '../matrix/model.ts';
import {
  cellName,
  chainSentence,
  driftFigures,
  driftName,
  growthSentence,
  loadSentence,
  partName,
  stateSentence,
} from './matrixWords.ts';
import type { MatrixCell, MatrixPage } from './resultPage.ts';

/** A scenario in several shapes of load as the report page shows it. */
export function matrixPage(matrix: Matrix, floorUs: number | null): MatrixPage {
  const { scenario, startedAt, state, cells } = matrix;
  return {
    kind: 'matrix',
    title: `Matrix of ${scenario}`,
    startedAt,
    host: null,
    state: state === 'running' ? 'unfinished' : state,
    error: matrix.error?.message ?? null,
    sentence: stateSentence(matrix),
    notes: [loadSentence(matrix), growthSentence(matrix)].filter((note) => note !== null),
    floorUs,
    cells: cells.map(cellOf),
  };
}

function cellOf(cell: Cell): MatrixCell {
  const { run, outcome, reasons, ratePerSecond, requests, latencyUs, errors, chain, chainMissing, soak } = cell;
  const first = chain?.hops[0]?.target ?? '';
  return {
    name: cellName(cell),
    durationUs: cell.durationUs,
    run,
    outcome,
    reasons,
    ratePerSecond,
    requests,
    latencyUs,
    errors,
    chain: chain && {
      sentence: chainSentence(chain),
      parts: chain.parts.map((part) => ({ ...part, name: partName(part, first) })),
    },
    chainMissing,
    soak: soak && {
      startSeconds: soak.startSeconds,
      p50Us: soak.p50Us,
      p99Us: soak.p99Us,
      memory: soak.memory,
      drifts: soak.drifts.map((drift) => ({
        name: driftName(drift),
        verdict: drift.verdict,
        figures: driftFigures(drift),
        why: drift.why,
      })),
    },
  };
}
