import type { CallGraph } from '../../../plan/scenario.ts';
import type { Missing } from '../dueSamples.ts';

/** Why perf's samples are lost, as the kernel tells it. */
export function noRoom(callGraph: CallGraph): Missing {
  const smaller = callGraph === 'dwarf' ? ', or by frame pointers ("callGraph": "fp"), whose samples are small' : '';
  return { cause: 'perf had no room to write them', remedy: `profile at a longer interval${smaller}` };
}

/** Why samples are missing of which it tells nothing: it knows what found no room, but not what was never taken. */
export function uncounted(callGraph: CallGraph): Missing {
  return {
    ...noRoom(callGraph),
    cause: 'perf lost the others, the kernel held it back, or they ran in threads that lived shorter than the interval',
  };
}
