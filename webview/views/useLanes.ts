import { useEffect, useRef, useState } from 'preact/hooks';
import type { ThreadLanes } from '../../src/profile/queries/threadLanes.ts';
import type { Brushed } from '../../src/trace/analysis.ts';
import { usePage } from '../page.ts';

/** What every thread did in a range; while another one is on its way, what was known before. Null where there are no lanes. */
export function useLanes(wanted: boolean, range: Brushed | null): ThreadLanes | null {
  const { worker } = usePage();
  const [lanes, setLanes] = useState<ThreadLanes | null>(null);
  const latest = useRef(0);
  useEffect(() => {
    if (!wanted) return;
    const ticket = ++latest.current;
    void worker.ask({ type: 'lanes', range }).then((answer) => {
      if (ticket === latest.current) setLanes(answer);
    });
  }, [worker, wanted, JSON.stringify(range)]);
  return wanted ? lanes : null;
}
