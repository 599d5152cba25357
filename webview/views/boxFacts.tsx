/** A flamegraph's box in words and figures: for the tooltip, the details beside the picture, and screen readers. */
import type { JSX } from 'preact';
import { formatShare } from '../../src/plan/units.ts';
import { formatAmount } from '../../src/profile/amount.ts';
import { type FlameLayout, widthOf } from '../flame/layout.ts';
import { place } from '../format.ts';
import type { FrameLabels } from '../model/messages.ts';
import { tierNames } from './tiers.ts';

/** A width in the layout's own unit. */
export function formatWidth(layout: FlameLayout, width: number): string {
  if (layout.unit === 'share') return formatShare(width);
  return formatAmount(width, layout.unit === 'bytes' || layout.unit === 'count' ? layout.unit : 'us');
}

/** For screen readers: name, place, total, self. */
export function describeBox(layout: FlameLayout, labels: FrameLabels, box: number): string {
  const frame = layout.frame[box] ?? 0;
  const file = labels.file[frame] ?? null;
  const tier = tierNames[labels.tier[frame] ?? 0];
  const where =
    (file === null ? '' : `, ${place(file, labels.line[frame] ?? 0)}`) + (tier === undefined ? '' : `, ${tier}`);
  const total = widthOf(layout, box);
  const contrast = layout.contrast ? `, typical ${formatShare(layout.contrast[box] ?? 0)}` : '';
  return `${labels.name[frame] ?? ''}${where}: total ${formatWidth(layout, total)}, ${formatShare(total / layout.span)}, self ${formatWidth(layout, layout.self[box] ?? 0)}${contrast}`;
}

export function BoxFacts({
  layout,
  labels,
  box,
}: {
  readonly layout: FlameLayout;
  readonly labels: FrameLabels;
  readonly box: number;
}): JSX.Element {
  const frame = layout.frame[box] ?? 0;
  const file = labels.file[frame] ?? null;
  const total = widthOf(layout, box);
  const tier = tierNames[labels.tier[frame] ?? 0];
  return (
    <>
      <strong>{labels.name[frame]}</strong>
      {file !== null && <span class="muted">{place(file, labels.line[frame] ?? 0)}</span>}
      <dl>
        <dt>{layout.contrast ? 'slow' : 'total'}</dt>
        <dd>
          {formatWidth(layout, total)}
          {layout.unit !== 'share' && layout.span > 0 && <em>{formatShare(total / layout.span)}</em>}
        </dd>
        {layout.contrast && (
          <>
            <dt>typical</dt>
            <dd>{formatShare(layout.contrast[box] ?? 0)}</dd>
            <dt>difference</dt>
            <dd>
              {points(total - (layout.contrast[box] ?? 0))}
              {Number.isFinite(layout.differenceLow?.[box] ?? NaN) && (
                <em>
                  {points(layout.differenceLow?.[box] ?? 0)} … {points(layout.differenceHigh?.[box] ?? 0)}
                </em>
              )}
            </dd>
          </>
        )}
        {tier !== undefined && (
          <>
            <dt>tier</dt>
            <dd>{tier}</dd>
          </>
        )}
        <dt>self</dt>
        <dd>
          {formatWidth(layout, Math.max(0, layout.self[box] ?? 0))}
          {layout.unit !== 'share' && layout.span > 0 && (
            <em>{formatShare(Math.max(0, layout.self[box] ?? 0) / layout.span)}</em>
          )}
        </dd>
      </dl>
    </>
  );
}

/** A difference of shares, in percentage points. */
function points(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(difference * 100).toFixed(1)} pp`;
}
