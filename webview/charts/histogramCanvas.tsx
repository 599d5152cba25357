import type { JSX } from 'preact';
import { useCallback, useMemo } from 'preact/hooks';
import { formatUs } from '../../src/plan/units.ts';
import type { LatencyBand } from '../../src/trace/analysis.ts';
import type { ResponseHistogram } from '../../src/trace/responseHistogram.ts';
import { bandOf, barsOf, wholeBars } from '../brushing.ts';
import { Canvas } from '../components/canvas.tsx';
import { usePage } from '../page.ts';
import { Brush } from './brush.tsx';

/** Response times as bars on a logarithmic axis; the height is logarithmic too, so that the few slow ones show. */
export function HistogramBrush(props: {
  readonly histogram: ResponseHistogram;
  readonly band: LatencyBand | undefined;
  readonly height: number;
  readonly onBand: (band: LatencyBand | null, settled: boolean) => void;
}): JSX.Element {
  const { histogram, band, height, onBand } = props;
  const { palette } = usePage();
  const { edgesUs, counts } = histogram;
  const paint = useCallback(
    (context: CanvasRenderingContext2D, width: number) => {
      const most = counts.reduce((sum, count) => Math.max(sum, count), 1);
      const snap = (value: number): number => Math.round(value * devicePixelRatio) / devicePixelRatio;
      context.fillStyle = palette.grid;
      context.fillRect(0, height - 1, width, 1);
      context.fillStyle = palette.response;
      for (const [bar, count] of counts.entries()) {
        if (count === 0) continue;
        const left = snap((bar / counts.length) * width);
        const right = snap(((bar + 1) / counts.length) * width);
        // One request still makes a visible bar: log(1) alone would be none.
        const tall = snap((Math.log(count + 1) / Math.log(most + 1)) * (height - 8));
        context.fillRect(left, height - 1 - tall, Math.max(1, right - left - 1), tall);
      }
    },
    [counts, height, palette],
  );
  const extent = useMemo(() => ({ startUs: 0, endUs: counts.length }), [counts.length]);
  const chosen = useMemo(() => barsOf(histogram, band), [edgesUs, band?.fromUs, band?.toUs]);
  return (
    <div class="lanes brushable">
      <Canvas label="Histogram of response times" height={height} paint={paint} />
      <Decades edgesUs={edgesUs} />
      <Brush
        extent={extent}
        window={extent}
        range={chosen}
        gutter={0}
        what="response times"
        snap={wholeBars}
        describe={(bar) => formatUs(edgesUs[Math.round(bar)] ?? null)}
        onBrush={(bars, settled) => onBand(bandOf(histogram, bars), settled)}
      />
    </div>
  );
}

/** Powers of ten along the axis. */
function Decades({ edgesUs }: { readonly edgesUs: Float64Array }): JSX.Element {
  const low = Math.log10(edgesUs[0] ?? 1);
  const high = Math.log10(edgesUs[edgesUs.length - 1] ?? 10);
  const ticks: number[] = [];
  for (let power = Math.ceil(low - 1e-9); power <= high + 1e-9; power++) ticks.push(power);
  return (
    <div class="time-axis" aria-hidden="true">
      {ticks.map((power) => (
        <span key={power} style={{ left: `${((power - low) / Math.max(high - low, 1e-9)) * 100}%` }}>
          {formatUs(10 ** power)}
        </span>
      ))}
    </div>
  );
}
