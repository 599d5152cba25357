import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

/** A uPlot that fills its box's width and is rebuilt when its description changes. */
export function Plot(props: {
  readonly label: string;
  readonly height: number;
  readonly data: uPlot.AlignedData;
  /** Must be a new object exactly when the looks change. */
  readonly options: Omit<uPlot.Options, 'width' | 'height'>;
}): JSX.Element {
  const { label, height, data, options } = props;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const plot = new uPlot({ ...options, width: Math.max(element.clientWidth, 50), height }, data, element);
    const resizes = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height });
    });
    resizes.observe(element);
    return () => {
      resizes.disconnect();
      plot.destroy();
    };
  }, [options, data, height]);
  return <div ref={box} class="plot" role="img" aria-label={label} style={{ height: `${height}px` }} />;
}
