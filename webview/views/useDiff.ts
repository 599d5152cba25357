import { useEffect, useState } from 'preact/hooks';
import type { DiffFlame, DiffModel, DiffWidths } from '../model/messages.ts';
import { usePage } from '../page.ts';

/** What the worker says about the two runs; undefined until it has answered, null if their profiles don't compare. */
export function useDiff(widths: DiffWidths): { model: DiffModel | null | undefined; flame: DiffFlame | null } {
  const { worker } = usePage();
  const [model, setModel] = useState<DiffModel | null | undefined>(undefined);
  const [flame, setFlame] = useState<DiffFlame | null>(null);
  useEffect(() => {
    let wanted = true;
    void worker.ask({ type: 'diff' }).then((answer) => {
      if (wanted) setModel(answer);
    });
    return () => {
      wanted = false;
    };
  }, [worker]);
  useEffect(() => {
    let wanted = true;
    void worker.ask({ type: 'diffFlame', widths }).then((answer) => {
      if (wanted) setFlame(answer);
    });
    return () => {
      wanted = false;
    };
  }, [worker, widths]);
  return { model, flame };
}
