import type { JSX } from 'preact';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { formatCount, formatUs } from '../../src/plan/units.ts';
import type { ThreadLanes } from '../../src/profile/queries/threadLanes.ts';
import { ThreadStrip } from '../charts/threadStrip.tsx';
import { TimeAxis } from '../charts/timeAxis.tsx';
import { Figure } from '../components/figure.tsx';
import { formatPercent } from '../format.ts';
import type { ThreadInfo } from '../model/messages.ts';
import { laneAfterKey, laneGroups } from '../model/laneGroups.ts';
import { ThreadTable } from './threadTable.tsx';

const stripHeight = 14;

export interface ThreadLanesProps {
  readonly threads: readonly ThreadInfo[];
  readonly lanes: ThreadLanes;
  /** The thread drawn in full. */
  readonly chosen: number;
  readonly onChoose: (thread: number) => void;
  /** What times on the axis are told from. */
  readonly originUs: number;
  /** Takes the element that fades what the picture below does not have in view (useInView). */
  readonly inView: (element: HTMLElement | null) => void;
}

/** A lane a thread over the picture of one of them, on its time axis: which of them ran when, and the one to draw in full. */
export function ThreadLanesPanel(props: ThreadLanesProps): JSX.Element {
  const { threads, lanes, chosen, onChoose } = props;
  const drawn = lanes.others > 0 ? `${formatCount(lanes.threads.length)} of ` : '';
  return (
    <Figure
      id="threads"
      title="Threads"
      class="threads"
      note={`${drawn}${formatCount(threads.length)} over time, taller where busier. Choose one to draw it in full.`}
      chart={() => <Lanes {...props} />}
      table={() => <ThreadTable threads={threads} lanes={lanes} chosen={chosen} onChoose={onChoose} />}
    />
  );
}

/** A list to choose from: arrows, Home and End walk it, and what they come to is drawn; Enter and Space choose what has the focus. */
function Lanes(props: ThreadLanesProps): JSX.Element {
  const { threads, lanes, chosen, onChoose, originUs, inView } = props;
  const { busyUs, others } = lanes;
  const list = useRef<HTMLDivElement>(null);
  const at = lanes.threads.indexOf(chosen);
  const sum = busyUs.reduce((total, us) => total + us, 0);
  const figures = (us: number): string => `${formatUs(us)} · ${formatPercent(sum > 0 ? us / sum : 0)}`;
  const othersUs = sum - lanes.threads.reduce((total, thread) => total + (busyUs[thread] ?? 0), 0);
  const options = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>('[role=option]') ?? [])];
  // A thread chosen elsewhere comes into sight, without the page around the list moving.
  useEffect(() => {
    const box = list.current?.closest('.thread-lanes');
    const lane = options()[at];
    if (!box || !lane) return;
    if (lane.offsetTop < box.scrollTop) box.scrollTop = lane.offsetTop;
    else if (lane.offsetTop + lane.offsetHeight > box.scrollTop + box.clientHeight)
      box.scrollTop = lane.offsetTop + lane.offsetHeight - box.clientHeight;
  }, [at]);
  const choose = (lane: number): void => onChoose(lanes.threads[lane] ?? 0);
  const onKey = (lane: number, event: KeyboardEvent): void => {
    const to = laneAfterKey(lanes.threads.length, lane, event.key);
    if (to === null) return;
    event.preventDefault();
    choose(to);
    options()[to]?.focus({ preventScroll: true });
  };
  const option = (lane: number): JSX.Element => {
    const thread = lanes.threads[lane] ?? 0;
    const own = threads[thread]?.own ?? '';
    return (
      <div
        key={lane}
        role="option"
        class="thread-lane"
        aria-selected={lane === at}
        aria-label={`${own}, ${figures(busyUs[thread] ?? 0)} of all threads’ CPU time`}
        tabIndex={lane === Math.max(at, 0) ? 0 : -1}
        onClick={() => choose(lane)}
        onKeyDown={(event) => onKey(lane, event)}
      >
        <span class="lane-name">
          {own}
          <small>{figures(busyUs[thread] ?? 0)}</small>
        </span>
        <ThreadStrip lanes={lanes} lane={lane} height={stripHeight} />
      </div>
    );
  };
  return (
    <>
      <div class="thread-lanes">
        <div class="all">
          <div ref={list} role="listbox" aria-label="Threads, one lane each">
            {laneGroups(threads, lanes.threads).map(({ process, from, to }) =>
              process === null ? (
                range(from, to).map(option)
              ) : (
                <div key={from} role="group" aria-label={process}>
                  <h3 aria-hidden="true">{process}</h3>
                  {range(from, to).map(option)}
                </div>
              ),
            )}
          </div>
          {others > 0 && (
            <div class="thread-lane others">
              <span class="lane-name">
                {others === 1 ? '1 more thread' : `${formatCount(others)} more threads together`}
                <small>{figures(othersUs)}</small>
              </span>
              <ThreadStrip lanes={lanes} lane={lanes.threads.length} height={stripHeight} />
            </div>
          )}
          <div ref={inView} class="in-view" aria-hidden="true" />
        </div>
      </div>
      <TimeAxis extent={lanes} gutter={0} originUs={originUs} />
    </>
  );
}

/**
 * What part of the time the picture below the lanes has in view. It changes on every frame of a zoom: one element is told, and
 * nothing is rendered anew. `show` takes shares of the whole, 0…1.
 */
export function useInView(): {
  readonly attach: (element: HTMLElement | null) => void;
  readonly show: (from: number, to: number) => void;
} {
  const element = useRef<HTMLElement | null>(null);
  const part = useRef<readonly [from: number, to: number]>([0, 1]);
  const tell = useCallback(() => {
    const [from, to] = part.current;
    element.current?.style.setProperty('--from', String(from));
    element.current?.style.setProperty('--to', String(to));
  }, []);
  return {
    attach: useCallback((attached) => {
      element.current = attached;
      tell();
    }, []),
    show: useCallback((from, to) => {
      part.current = [from, to];
      tell();
    }, []),
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
