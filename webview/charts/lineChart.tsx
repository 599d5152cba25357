import type { ComponentChildren, JSX } from 'preact';
import type uPlot from 'uplot';
import { Plot } from './plot.tsx';

export interface LegendLine {
  readonly name: string;
  readonly color: string;
  /** Where the pointer is; left out while it is nowhere. */
  readonly value?: string | undefined;
}

/** A plot below the legend of its lines. */
export function LineChart(props: {
  /** What it shows, for whoever doesn't see it. */
  readonly label: string;
  readonly lines: readonly LegendLine[];
  /** What else belongs into the legend, after the lines. */
  readonly legend?: ComponentChildren;
  readonly height: number;
  readonly data: uPlot.AlignedData;
  /** Must be a new object exactly when the looks change. */
  readonly options: Omit<uPlot.Options, 'width' | 'height'>;
  /** Below the plot. */
  readonly children?: ComponentChildren;
}): JSX.Element {
  const { label, lines, legend, height, data, options, children } = props;
  return (
    <div class="percentile-chart">
      <div class="legend">
        {lines.map(({ name, color, value }) => (
          <span key={name}>
            <i class="line" style={{ background: color }} />
            {name}
            {value !== undefined && <b>{value}</b>}
          </span>
        ))}
        {legend}
      </div>
      <Plot label={label} height={height} data={data} options={options} />
      {children}
    </div>
  );
}
