import {
  shortestGapUs,
  type MachineFigures,
  type PingPong,
  type Quantiles,
  type SpinGaps,
} from '../load/doctor/figures.ts';
import { floorFactor } from '../load/verdict.ts';
import { formatShare, formatUs } from '../plan/units.ts';
import type { DoctorLine } from './doctorLine.ts';

/** Loopback round trips are 10 to 60 µs on hardware and virtual machines of today; a median above this has a reason. */
const slowFloorUs = 100;
/** Node's timers count whole milliseconds, so up to 1 ms is their grain. */
const lateTimerUs = 2000;
/** From here on a run's verdict may call the send lag its own fault (1 ms); a tenth of it is no concern. */
const latePacerUs = 100;
/** A tenth of the one request in a hundred that p99 is about. */
export const fewGapsShare = 0.001;
/** Above it p99 is made of gaps. */
const mostGapsShare = 0.01;

/** What the machine takes for itself, as lines: round trips, lateness and gaps. */
export function floorLines({ tcp, udp, timerLag, pacerLag, gaps }: MachineFigures): readonly DoctorLine[] {
  return [
    roundTripLine('tcp', 'TCP round trip', tcp),
    roundTripLine('udp', 'UDP round trip', udp),
    {
      id: 'timer',
      mark: isAtMost(timerLag.p99, lateTimerUs) ? 'good' : 'limit',
      label: 'timer lag',
      figure: quantilesText(timerLag),
      meaning: `A timer of Node fires ${formatUs(timerLag.p50)} late, one in a hundred more than ${formatUs(timerLag.p99)}: a service that waits by timers is no more precise.`,
    },
    {
      id: 'pacer',
      mark: isAtMost(pacerLag.p99, latePacerUs) ? 'good' : 'limit',
      label: 'pacer lag',
      figure: quantilesText(pacerLag),
      meaning: `Requests leave within ${formatUs(pacerLag.p99)} of their intended time, all but one in a hundred.`,
    },
    gapsLine(gaps),
  ];
}

function roundTripLine(id: string, label: string, pingPong: PingPong): DoctorLine {
  const { p50, max, lost, count } = pingPong;
  const figure = `${quantilesText(pingPong)}${lost > 0 ? `, ${lost} lost` : ''}`;
  if (p50 === null) {
    return {
      id,
      mark: 'limit',
      label,
      figure,
      meaning: 'No answer came over loopback; see whether a firewall is in the way.',
    };
  }
  const floor = `A median below ${formatUs(p50 * floorFactor)} cannot be told from the floor`;
  const tail = `; the slowest of ${count} round trips took ${formatUs(max)} without any service.`;
  return { id, mark: p50 <= slowFloorUs && lost === 0 ? 'good' : 'limit', label, figure, meaning: floor + tail };
}

function gapsLine({ windowUs, count, totalUs, longestUs }: SpinGaps): DoctorLine {
  const share = gapShare({ windowUs, totalUs });
  const common = { id: 'gaps', label: 'CPU taken away' };
  const figure = `${count} times in ${formatUs(windowUs)}, ${formatShare(share)} of it, longest ${formatUs(longestUs)}`;
  if (share > mostGapsShare) {
    const meaning = `A thread that wants to run is kept waiting more than ${formatShare(mostGapsShare)} of the time, so p99 would show other work's doing; end that work, or measure elsewhere.`;
    return { ...common, mark: 'invalid', figure, meaning };
  }
  if (count === 0) {
    const meaning = `A thread that wants to run runs: it was never away for more than ${formatUs(shortestGapUs)}.`;
    return { ...common, mark: 'good', figure: `never in ${formatUs(windowUs)}`, meaning };
  }
  const meaning = `The machine has a tail of its own: ${formatUs(longestUs)} once in ${formatUs(windowUs)}.`;
  return { ...common, mark: share <= fewGapsShare ? 'good' : 'limit', figure, meaning };
}

export function gapShare({ totalUs, windowUs }: Pick<SpinGaps, 'totalUs' | 'windowUs'>): number {
  return windowUs > 0 ? totalUs / windowUs : 0;
}

function quantilesText({ p50, p99, 'p99.9': p999, max }: Quantiles): string {
  return `p50 ${formatUs(p50)}, p99 ${formatUs(p99)}, p99.9 ${formatUs(p999)}, max ${formatUs(max)}`;
}

function isAtMost(us: number | null, limitUs: number): boolean {
  return us !== null && us <= limitUs;
}
