import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Brushed } from '../../src/trace/analysis.ts';
import type { FlameMode, FlameModel } from '../model/messages.ts';
import { usePage } from '../page.ts';

export interface FlameWish {
  readonly mode: FlameMode;
  readonly range: Brushed | null;
  readonly thread: number;
  readonly frame: number;
}

/** The flamegraph for a wish; the one before stays until the new one is there. Null at the very first. */
export function useFlameModel(wish: FlameWish): FlameModel | null {
  const { worker } = usePage();
  const [model, setModel] = useState<FlameModel | null>(null);
  const latest = useRef(0);
  const { mode, range, thread } = wish;
  const frame = mode === 'sandwich' ? wish.frame : -1;
  // At once, not after the next paint: the worker can count while the page paints what it knows already.
  useLayoutEffect(() => {
    const ticket = ++latest.current;
    worker.ask({ type: 'flame', mode, range, thread, frame }).then(
      (answer) => {
        if (ticket === latest.current) setModel(answer);
      },
      (error: unknown) => {
        if (ticket !== latest.current) return;
        throw error;
      },
    );
  }, [worker, mode, JSON.stringify(range), thread, frame]);
  return model;
}
