import { differenceStep } from '../../src/profile/difference.ts';
import { arrangeTree } from '../../src/profile/queries/callTree.ts';
import type { Profile } from '../../src/profile/tables.ts';
import type { Run } from '../../src/run/model.ts';
import { diffSubjects, type SubjectDiff } from '../../src/trace/compareRuns.ts';
import { layoutOfTree } from '../flame/arrange.ts';
import { frameLabels } from './labels.ts';
import type { DiffFlame, DiffModel, DiffWidths, FrameLabels } from './messages.ts';

/** Two runs' call trees aligned; made once, drawn in several ways. */
export class RunDiff {
  private readonly diff: SubjectDiff;
  private readonly labels: FrameLabels;
  private readonly unit: Profile['unit'];

  private constructor(diff: SubjectDiff, a: Profile, b: Profile) {
    this.diff = diff;
    this.unit = b.unit;
    this.labels = functionLabels(diff, frameLabels(a), frameLabels(b));
  }

  /** null where one of them has no profile, or the two hold different things. */
  static of(baseline: Run, run: Run): RunDiff | null {
    if (!baseline.profile || !run.profile) return null;
    const [a, b] = [baseline.profile, run.profile];
    const diff = diffSubjects({ profile: a, run: baseline }, { profile: b, run });
    return diff && new RunDiff(diff, a, b);
  }

  /** The functions; copies, since what is answered is handed over. */
  model(): DiffModel {
    const { functions, per, sumA, sumB } = this.diff;
    return {
      per,
      unit: this.unit,
      sumA,
      sumB,
      labels: copied(this.labels),
      functions: {
        length: functions.length,
        selfA: functions.selfA.slice(),
        selfB: functions.selfB.slice(),
        totalA: functions.totalA.slice(),
        totalB: functions.totalB.slice(),
        selfError: functions.selfError.slice(),
        presence: functions.presence.slice(),
      },
    };
  }

  /** The flamegraph: as wide as A, B, or the mean of both, so that new and gone frames show too. Colour: by how much. */
  flame(widths: DiffWidths): DiffFlame {
    const { nodes } = this.diff;
    const ofB = { a: 0, b: 1, equal: 0.5 }[widths];
    const between = (a: Float64Array, b: Float64Array): Float64Array =>
      a.map((value, node) => (1 - ofB) * value + ofB * (b[node] ?? 0));
    const tree = arrangeTree(
      {
        parent: nodes.parent,
        frame: nodes.function,
        selfUs: between(nodes.selfA, nodes.selfB),
        totalUs: between(nodes.totalA, nodes.totalB),
      },
      nodes.length,
      false,
    );
    const layout = layoutOfTree({ frames: { kind: this.labels.kind }, unit: this.unit }, tree);
    const boxes = tree.stack.subarray(tree.length - layout.frame.length);
    const pick = (column: Float64Array): Float64Array => Float64Array.from(boxes, (node) => column[node] ?? 0);
    const [totalA, totalB] = [pick(nodes.totalA), pick(nodes.totalB)];
    return {
      widths,
      layout: { ...layout, tint: Uint8Array.from(totalB, (b, box) => differenceStep(b, totalA[box] ?? 0)) },
      totalA,
      totalB,
      selfA: pick(nodes.selfA),
      selfB: pick(nodes.selfB),
    };
  }
}

function copied(labels: FrameLabels): FrameLabels {
  const { line, column, kind, shade } = labels;
  return { ...labels, line: line.slice(), column: column.slice(), kind: kind.slice(), shade: shade.slice() };
}

/** Name and place of each function as B has them, or A where B has none. */
function functionLabels({ functions }: SubjectDiff, a: FrameLabels, b: FrameLabels): FrameLabels {
  const rows = Array.from({ length: functions.length }, (_, row): readonly [labels: FrameLabels, frame: number] => {
    const frame = functions.frameB[row] ?? -1;
    return frame >= 0 ? [b, frame] : [a, functions.frameA[row] ?? 0];
  });
  return {
    name: rows.map(([labels, frame]) => labels.name[frame] ?? ''),
    file: rows.map(([labels, frame]) => labels.file[frame] ?? null),
    line: Int32Array.from(rows, ([labels, frame]) => labels.line[frame] ?? 0),
    column: Int32Array.from(rows, ([labels, frame]) => labels.column[frame] ?? 0),
    kind: Uint8Array.from(rows, ([labels, frame]) => labels.kind[frame] ?? 0),
    tier: Uint8Array.from(rows, ([labels, frame]) => labels.tier[frame] ?? 0),
    shade: Uint8Array.from(rows, ([labels, frame]) => labels.shade[frame] ?? 0),
  };
}
