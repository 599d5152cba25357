/** A box or a function of two runs in words and figures. */
import type { JSX } from 'preact';
import { formatShare } from '../../src/plan/units.ts';
import { formatAmount } from '../../src/profile/amount.ts';
import { place } from '../format.ts';
import type { DiffFlame, DiffModel } from '../model/messages.ts';

const perNames = { request: ' a request', second: ' a second', whole: '' } as const;

/** `12.3 µs a request`. */
export function amountPer({ unit, per }: Pick<DiffModel, 'unit' | 'per'>, amount: number): string {
  return `${formatAmount(amount, unit)}${perNames[per]}`;
}

/** `+12%`, `−30%`, `new`, `gone`. */
export function changeText(a: number, b: number): string {
  if (a === 0) return b === 0 ? '–' : 'new';
  if (b === 0) return 'gone';
  return `${b < a ? '−' : '+'}${formatShare(Math.abs(b / a - 1))}`;
}

/** `+4 µs`. */
export function differenceText({ unit }: Pick<DiffModel, 'unit'>, a: number, b: number): string {
  return `${b < a ? '−' : '+'}${formatAmount(Math.abs(b - a), unit)}`;
}

/** For screen readers. */
export function describeDiffBox(model: DiffModel, flame: DiffFlame, box: number): string {
  const row = flame.layout.frame[box] ?? 0;
  const [a, b] = [flame.totalA[box] ?? 0, flame.totalB[box] ?? 0];
  const file = model.labels.file[row] ?? null;
  const where = file === null ? '' : `, ${place(file, model.labels.line[row] ?? 0)}`;
  return `${model.labels.name[row] ?? ''}${where}: A ${amountPer(model, a)}, B ${amountPer(model, b)}, ${changeText(a, b)}`;
}

export function DiffFacts(props: {
  readonly model: DiffModel;
  readonly flame: DiffFlame;
  readonly box: number;
}): JSX.Element {
  const { model, flame, box } = props;
  const row = flame.layout.frame[box] ?? 0;
  const file = model.labels.file[row] ?? null;
  const [a, b] = [flame.totalA[box] ?? 0, flame.totalB[box] ?? 0];
  const side = (total: number, self: number, sum: number): JSX.Element => (
    <dd>
      {amountPer(model, total)}
      <em>{formatShare(sum > 0 ? total / sum : null)}</em>
      <em>self {formatAmount(self, model.unit)}</em>
    </dd>
  );
  return (
    <>
      <strong>{model.labels.name[row]}</strong>
      {file !== null && <span class="muted">{place(file, model.labels.line[row] ?? 0)}</span>}
      <dl>
        <dt>A</dt>
        {side(a, flame.selfA[box] ?? 0, model.sumA)}
        <dt>B</dt>
        {side(b, flame.selfB[box] ?? 0, model.sumB)}
        <dt>change</dt>
        <dd>
          {differenceText(model, a, b)}
          <em>{changeText(a, b)}</em>
        </dd>
      </dl>
    </>
  );
}
