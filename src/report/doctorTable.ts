import { visible } from '../plan/visible.ts';
import type { Examination } from '../run/doctor.ts';
import type { Diagnosis } from './doctor.ts';
import type { DoctorLine } from './doctorLine.ts';
import { padEnd, wrap, type Paint } from './paint.ts';

const marks: Readonly<Record<DoctorLine['mark'], string>> = { good: '✓', limit: '!', invalid: '✗' };
const labelCells = 18;
const indent = 4 + labelCells;

export interface DoctorTableOptions {
  /** Columns of the terminal; the table uses 80 to 140 of them. */
  readonly width: number;
  readonly paint: Paint;
}

/** One fact a line, below it what follows, and the verdict at the end. */
export function doctorTable(
  { facts: { host } }: Examination,
  diagnosis: Diagnosis,
  options: DoctorTableOptions,
): string {
  const { paint } = options;
  const width = Math.min(140, Math.max(80, options.width));
  const head = `${visible(host.cpuModel, 60)}, ${visible(host.os, 20)} ${visible(host.kernel, 60)}, Node ${visible(host.node, 20)}`;
  const colour = { good: paint.green, limit: paint.yellow, invalid: paint.red };
  const body = diagnosis.lines.flatMap(({ mark, label, figure, meaning }) => [
    ...wrap(figure, width - indent).map((part, row) =>
      row === 0 ? `  ${colour[mark](marks[mark])} ${padEnd(label, labelCells)}${part}` : ' '.repeat(indent) + part,
    ),
    ...wrap(meaning, width - indent).map((part) => ' '.repeat(indent) + paint.dim(part)),
  ]);
  const [sign, tint] = diagnosis.valid ? ['✓', paint.green] : ['✗', paint.red];
  const verdict = wrap(diagnosis.verdict, width - 4).map((part, row) =>
    row === 0 ? `  ${tint(sign)} ${paint.bold(part)}` : `    ${paint.bold(part)}`,
  );
  return `\n  ${paint.dim(head)}\n\n${body.join('\n')}\n\n${verdict.join('\n')}\n`;
}

/** One object with every figure, times in µs and shares as fractions, for scripts. */
export function doctorJson({ facts, figures, swappedPages }: Examination, diagnosis: Diagnosis): unknown {
  const { valid, verdict, p99BudgetUs, noise, lines } = diagnosis;
  const { tcp, udp, timerLag, pacerLag, gaps, pairs, throttledPeriods, stealShare } = figures;
  return {
    valid,
    verdict,
    p99BudgetUs,
    us: { tcp, udp, timerLag, pacerLag, gaps, pairs },
    noise,
    throttledPeriods,
    stealShare,
    swappedPages,
    machine: facts,
    lines,
  };
}
