/** Run as a process by runEnds.test.ts: starts a load, says when it measures, prints the result. Arguments: the load as JSON, the folder. */
import { runLoad } from '../../../src/load/run.ts';
import type { Load } from '../../../src/plan/scenario.ts';
import { entries } from './support.ts';

const [what = '{}', dir = ''] = process.argv.slice(2);
const result = await runLoad(JSON.parse(what) as Load, {
  dir,
  entries,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  onPhase: (phase) => {
    if (phase === 'measuring') setTimeout(() => process.stdout.write('measuring\n'), 300);
  },
});
process.stdout.write(`${JSON.stringify(result)}\n`);
