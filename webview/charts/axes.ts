/** How every chart's axes look and count. */
import type uPlot from 'uplot';
import { formatUs } from '../../src/plan/units.ts';
import { formatClock } from '../format.ts';
import type { Palette } from '../theme.ts';

const logTicks = [1, 2, 5];
/** Over more ticks than this the powers of ten are enough. */
const mostTicks = 12;

/** uPlot's name for it is a const enum, which single-file compilers can't see. */
export const logarithmic = { distr: 3, log: 10 } as unknown as uPlot.Scale;

export function axisStyle(palette: Palette): uPlot.Axis {
  return {
    stroke: palette.muted,
    font: `11px ${palette.font}`,
    ticks: { show: false },
    grid: { stroke: palette.grid, width: 1 },
  };
}

const clockSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];

/** The x axis of seconds from a beginning, written in one way: a load of minutes as minutes and seconds throughout. */
export function clockAxis(palette: Palette): uPlot.Axis {
  return {
    ...axisStyle(palette),
    incrs: clockSteps,
    values: (_, splits) => {
      const inMinutes = (splits.at(-1) ?? 0) >= 120;
      return splits.map((seconds) => formatClock(seconds, 1, inMinutes));
    },
  };
}

/** The y axis of latencies in µs. */
export function latencyAxis(palette: Palette, logScale: boolean): uPlot.Axis {
  return {
    ...axisStyle(palette),
    size: 64,
    ...(logScale && {
      splits: (_: uPlot, __: number, min: number, max: number) => logSplits(min, max),
      filter: (_: uPlot, splits: number[]) => splits,
    }),
    values: (_, splits) => splits.map((us) => (us === 0 ? '0' : formatUs(us))),
  };
}

/** 1, 2 and 5 times each power of ten. */
function logSplits(min: number, max: number): number[] {
  const splits: number[] = [];
  for (let decade = Math.floor(Math.log10(min)); decade <= Math.ceil(Math.log10(max)); decade++) {
    for (const tick of logTicks) splits.push(tick * 10 ** decade);
  }
  const inside = splits.filter((value) => value >= min && value <= max);
  return inside.length > mostTicks
    ? inside.filter((value) => Number.isInteger(Math.log10(value)) || Math.abs(Math.log10(value) % 1) < 1e-9)
    : inside;
}
