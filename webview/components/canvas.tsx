import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** A canvas that paints itself in device pixels: anew when `paint` changes and when its size does. */
export function Canvas(props: {
  readonly label: string;
  readonly class?: string;
  readonly height: number;
  /** Draws in CSS pixels; the scale for the screen is already set. */
  readonly paint: (context: CanvasRenderingContext2D, width: number, height: number) => void;
}): JSX.Element {
  const { label, height, paint } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const draw = (): void => {
      const context = element.getContext('2d');
      const width = element.clientWidth;
      if (!context || width === 0) return;
      const dpr = devicePixelRatio;
      element.width = Math.round(width * dpr);
      element.height = Math.round(height * dpr);
      context.setTransform(dpr, 0, 0, dpr, 0, 0);
      context.clearRect(0, 0, width, height);
      paint(context, width, height);
    };
    const resizes = new ResizeObserver(draw);
    resizes.observe(element);
    draw();
    return () => resizes.disconnect();
  }, [paint, height]);
  return <canvas ref={canvas} class={props.class} role="img" aria-label={label} style={{ height: `${height}px` }} />;
}
