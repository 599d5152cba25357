import * as vscode from 'vscode';
import { formatAmount } from '../profile/amount.ts';
import type { Change } from '../profile/queries/placedDiff.ts';
import type { HeatDiff } from '../trace/compareRuns.ts';
import { isBeyondNoise, signedAmount } from './change.ts';

type Measure = Pick<HeatDiff, 'per' | 'unit'>;

/** `▲ +1.2 ms a request · new`: sign and shape say the side. */
export function changeFigure(change: Change, measure: Measure): string {
  const delta = change.after - change.before;
  const shape = delta > 0 ? '▲' : '▼';
  return [`${shape} ${perText(signedAmount(delta, measure.unit), measure)}`, ...presence(change)].join(' · ');
}

/** `+1.2 ms a request (3.4 ms → 4.6 ms)`, what is new or gone, and whether samples alone could make that much. */
export function changeText(change: Change, measure: Measure): string {
  const { before, after } = change;
  const delta = perText(signedAmount(after - before, measure.unit), measure);
  const sides = `${formatAmount(before, measure.unit)} → ${formatAmount(after, measure.unit)}`;
  const noise = isBeyondNoise(change) ? [] : [vscode.l10n.t('within the sampling noise')];
  return [`**${delta}** (${sides})`, ...presence(change), ...noise].join(' · ');
}

function presence({ before, after }: Change): string[] {
  if (before === 0) return [vscode.l10n.t('new')];
  return after === 0 ? [vscode.l10n.t('gone')] : [];
}

function perText(amount: string, { per }: Measure): string {
  if (per === 'request') return vscode.l10n.t('{0} a request', amount);
  return per === 'second' ? vscode.l10n.t('{0} a second', amount) : amount;
}
