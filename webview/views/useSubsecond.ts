import { useEffect, useState } from 'preact/hooks';
import type { SubsecondModel, SubsecondOf } from '../model/messages.ts';
import { usePage } from '../page.ts';

/** The subsecond heatmap; undefined until the worker has answered, null where nothing has a time. */
export function useSubsecond(of: SubsecondOf, thread: number): SubsecondModel | null | undefined {
  const { worker } = usePage();
  const [model, setModel] = useState<SubsecondModel | null | undefined>(undefined);
  useEffect(() => {
    let wanted = true;
    void worker.ask({ type: 'subsecond', of, thread }).then((answer) => {
      if (wanted) setModel(answer);
    });
    return () => {
      wanted = false;
    };
  }, [worker, of, thread]);
  return model;
}
