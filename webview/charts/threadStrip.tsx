import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { noKind, type ThreadLanes } from '../../src/profile/queries/threadLanes.ts';
import { Canvas } from '../components/canvas.tsx';
import { usePage } from '../page.ts';

/**
 * One lane of threads over time: as tall as it was busy, in the colour of what was on top for most of the time. Threads that share
 * a lane may fill more than one core: then its busiest moment is its full height.
 */
export function ThreadStrip(props: {
  readonly lanes: ThreadLanes;
  readonly lane: number;
  readonly height: number;
}): JSX.Element {
  const { lanes, lane, height } = props;
  const { palette } = usePage();
  const paint = useCallback(
    (context: CanvasRenderingContext2D, width: number) => {
      const { buckets, kind } = lanes;
      const snap = (value: number): number => Math.round(value * devicePixelRatio) / devicePixelRatio;
      const full = fullUs(lanes, lane);
      context.fillStyle = palette.grid;
      context.fillRect(0, height - 1, width, 1);
      for (let bucket = 0; bucket < buckets; bucket++) {
        const cell = lane * buckets + bucket;
        const own = kind[cell] ?? noKind;
        if (own === noKind) continue;
        const left = snap((bucket / buckets) * width);
        const right = Math.max(snap(((bucket + 1) / buckets) * width), left + 1 / devicePixelRatio);
        const tall = Math.max(1, ((lanes.cpuUs[cell] ?? 0) / full) * (height - 1));
        context.fillStyle = palette.frames[own]?.[0] ?? palette.muted;
        context.fillRect(left, height - 1 - tall, right - left, tall);
      }
    },
    [lanes, lane, height, palette],
  );
  return <Canvas label="" height={height} paint={paint} />;
}

/** CPU time of a bucket that is drawn in full height: a core's, or what the lane's busiest one took beyond it. */
function fullUs({ startUs, endUs, buckets, cpuUs }: ThreadLanes, lane: number): number {
  let full = (endUs - startUs) / buckets;
  for (let cell = lane * buckets; cell < (lane + 1) * buckets; cell++) full = Math.max(full, cpuUs[cell] ?? 0);
  return full;
}
