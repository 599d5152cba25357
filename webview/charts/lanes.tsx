import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import type { TimeRange } from '../../src/trace/analysis.ts';
import type { Lane } from '../../src/trace/heatmap.ts';
import { Canvas } from '../components/canvas.tsx';
import { usePage } from '../page.ts';
import type { Palette } from '../theme.ts';

/** Pauses on the clock: one bar each, taller the longer it lasted; none narrower than a pixel. */
export function LaneCanvas(props: {
  readonly label: string;
  readonly lane: Lane;
  readonly extent: TimeRange;
  readonly color: (row: number, palette: Palette) => string;
  readonly gutter: number;
  readonly height: number;
}): JSX.Element {
  const { lane, extent, color, gutter, height } = props;
  const { palette } = usePage();
  const paint = useCallback(
    (context: CanvasRenderingContext2D, width: number) => {
      const scale = (width - gutter) / (extent.endUs - extent.startUs);
      let longest = 1;
      for (const us of lane.durationUs) longest = Math.max(longest, us);
      context.fillStyle = palette.grid;
      context.fillRect(gutter, height - 1, width - gutter, 1);
      for (let row = 0; row < lane.length; row++) {
        const us = lane.durationUs[row] ?? 0;
        const left = gutter + ((lane.startUs[row] ?? 0) - extent.startUs) * scale;
        // The square root keeps short pauses visible beside long ones.
        const tall = Math.max(3, Math.sqrt(us / longest) * (height - 2));
        context.fillStyle = color(row, palette);
        context.fillRect(left, height - tall - 1, Math.max(1.25, us * scale), tall);
      }
    },
    [lane, extent, color, gutter, height, palette],
  );
  return <Canvas label={props.label} height={height} paint={paint} />;
}

/** A quantity over time as a filled line; NaN is a gap. */
export function AreaCanvas(props: {
  readonly label: string;
  readonly columns: readonly {
    readonly values: Float64Array;
    readonly color: keyof Palette & ('cpu' | 'stall' | 'rate' | 'error');
  }[];
  readonly bucketUs: number;
  readonly extent: TimeRange;
  readonly max: number;
  readonly format: (value: number) => string;
  readonly gutter: number;
  readonly height: number;
}): JSX.Element {
  const { columns, bucketUs, extent, max, format, gutter, height } = props;
  const { palette } = usePage();
  const paint = useCallback(
    (context: CanvasRenderingContext2D, width: number) => {
      const top = 6;
      const scale = (width - gutter) / (extent.endUs - extent.startUs);
      const y = (value: number): number => height - 1 - Math.min(1, value / max) * (height - top - 1);
      context.font = `11px ${palette.font}`;
      context.textAlign = 'right';
      context.textBaseline = 'middle';
      context.fillStyle = palette.muted;
      context.fillText(format(max), gutter - 8, top + 4);
      context.fillStyle = palette.grid;
      context.fillRect(gutter, height - 1, width - gutter, 1);
      context.fillRect(gutter, top, width - gutter, 1 / devicePixelRatio);
      for (const { values, color } of columns) {
        context.strokeStyle = palette[color];
        context.fillStyle = palette[color];
        context.lineWidth = 1.5;
        for (const [from, to] of runs(values)) {
          const line = new Path2D();
          for (let bucket = from; bucket < to; bucket++) {
            const left = gutter + bucket * bucketUs * scale;
            const at = y(values[bucket] ?? 0);
            if (bucket === from) line.moveTo(left, at);
            else line.lineTo(left, at);
            line.lineTo(Math.min(width, left + bucketUs * scale), at);
          }
          const area = new Path2D(line);
          area.lineTo(Math.min(width, gutter + to * bucketUs * scale), height - 1);
          area.lineTo(gutter + from * bucketUs * scale, height - 1);
          context.globalAlpha = 0.16;
          context.fill(area);
          context.globalAlpha = 1;
          context.stroke(line);
        }
      }
    },
    [columns, bucketUs, extent, max, format, gutter, height, palette],
  );
  return <Canvas label={props.label} height={height} paint={paint} />;
}

/** Stretches of buckets without NaN, as [from, to). */
function runs(values: Float64Array): [number, number][] {
  const found: [number, number][] = [];
  let from = -1;
  for (let bucket = 0; bucket <= values.length; bucket++) {
    const known = bucket < values.length && !Number.isNaN(values[bucket]);
    if (known && from < 0) from = bucket;
    if (!known && from >= 0) {
      found.push([from, bucket]);
      from = -1;
    }
  }
  return found;
}
