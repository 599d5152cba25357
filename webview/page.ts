/** What every view needs from the shell, handed down by context. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Brushed } from '../src/trace/analysis.ts';
import type { Host } from './host.ts';
import type { PageState } from './pageState.ts';
import type { Palette } from './theme.ts';
import type { WorkerClient } from './workerClient.ts';

export interface Page {
  readonly host: Host;
  readonly worker: WorkerClient;
  readonly palette: Palette;
  readonly state: PageState;
  readonly change: (changes: Partial<PageState>) => void;
  /** Opens a source file in the editor; does nothing for runtime internals. */
  readonly openSource: (file: string | null, line: number, column?: number, beside?: boolean) => void;
  /** While brushing: `settled` is false until the pointer is lifted. */
  readonly brush: (range: Brushed | null, settled: boolean) => void;
  /** Has the profile's file read again as this of its sample types. */
  readonly chooseSampleType: (name: string) => void;
  /** Says something to screen readers. */
  readonly announce: (text: string) => void;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error('usePage outside of the page');
  return page;
}
