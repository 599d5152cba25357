import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { formatUs } from '../../src/plan/units.ts';
import type { LatencyHeatmap } from '../../src/trace/heatmap.ts';
import { Canvas } from '../components/canvas.tsx';
import type { Floor } from '../model/floor.ts';
import { usePage } from '../page.ts';
import { decadesOf, shareOfAxis } from './decades.ts';
import { drawFloors, floorsInWords } from './floor.ts';

/** Requests by time and latency; the colour is the logarithm of how many, so that single slow ones still show. */
export function HeatmapCanvas({
  heatmap,
  floors,
  height,
  gutter,
}: {
  readonly heatmap: LatencyHeatmap;
  /** Must be the same list as long as it holds the same. */
  readonly floors: readonly Floor[];
  readonly height: number;
  readonly gutter: number;
}): JSX.Element {
  const { palette } = usePage();
  const paint = useCallback(
    (context: CanvasRenderingContext2D, width: number) => {
      const { columns, rows, counts, maxCount, edgesUs } = heatmap;
      const plotWidth = width - gutter;
      const top = 6;
      const plotHeight = height - top;
      const cellHeight = plotHeight / rows;
      const colors = palette.heat;
      const snap = (value: number): number => Math.round(value * devicePixelRatio) / devicePixelRatio;
      context.font = `11px ${palette.font}`;
      context.textAlign = 'right';
      context.textBaseline = 'middle';
      for (const decade of decadesOf(edgesUs, top, height)) {
        context.fillStyle = palette.grid;
        context.fillRect(gutter, Math.min(snap(decade.y), height - 1), plotWidth, 1 / devicePixelRatio);
        if (decade.labelY === null) continue;
        context.fillStyle = palette.muted;
        context.fillText(formatUs(decade.us), gutter - 8, snap(decade.labelY));
      }
      for (let column = 0; column < columns; column++) {
        const left = snap(gutter + (plotWidth * column) / columns);
        const right = snap(gutter + (plotWidth * (column + 1)) / columns);
        for (let row = 0; row < rows; row++) {
          const count = counts[column * rows + row] ?? 0;
          if (count === 0) continue;
          const level = Math.round((Math.log(count) / Math.max(Math.log(maxCount), 1e-9)) * (colors.length - 1));
          context.fillStyle = colors[Math.min(colors.length - 1, Math.max(1, level))] ?? palette.text;
          const y = snap(top + plotHeight - (row + 1) * cellHeight);
          context.fillRect(left, y, Math.max(right - left, 1), snap(top + plotHeight - row * cellHeight) - y);
        }
      }
      const yOf = (us: number): number => snap(top + plotHeight * (1 - shareOfAxis(edgesUs, us)));
      const area = { context, left: gutter, top, width: plotWidth, height: plotHeight, scale: 1, yOf };
      drawFloors(area, floors, palette);
    },
    [heatmap, floors, height, gutter, palette],
  );
  return <Canvas label={`Heatmap of response times over time${floorsInWords(floors)}`} height={height} paint={paint} />;
}
