import { basename } from 'node:path';
import type { Gap } from '../../../gaps.ts';
import { mostCalls } from './access.ts';
import type { Written } from './scriptFile.ts';

/** Below this share a nameless frame is the odd one in a start-up file without symbols. */
const LEAST_SHARE = 0.02;

/** What a recording does not tell, and what would change that. */
export function gapsOf(written: Written, target: string, hasTool: boolean): readonly Gap[] {
  const gaps: Gap[] = [];
  const { samples, lost } = written;
  // Where none came the profile itself is missing.
  if (lost > 0 && samples > 0) {
    gaps.push({
      what: `${lost} of ${samples + lost} samples of ${target}`,
      why: `perf could not write them in time (${((100 * lost) / (samples + lost)).toFixed(1)} % lost); profile at a longer interval`,
    });
  }
  if (written.cutStacks > 0) {
    gaps.push({
      what: `outer callers of ${written.cutStacks} of ${samples} samples of ${target}`,
      why: `the kernel records the innermost ${mostCalls()} calls of a stack (kernel.perf_event_max_stack)`,
    });
  }
  if (written.cut)
    gaps.push({
      what: `the last samples of ${target}`,
      why: 'reading the profile took too long; profile for a shorter time, at a longer interval, or by frame pointers',
    });
  for (const [path, count] of written.stripped) {
    if (count < samples * LEAST_SHARE) continue;
    gaps.push({
      what: `names of functions in ${basename(path)}`,
      why: 'it was stripped of its symbols; build it without -s, strip or strip = true',
    });
  }
  if (!hasTool) {
    const why = 'neither llvm-addr2line nor addr2line is on PATH; install binutils';
    gaps.push({ what: `source lines of ${target}`, why });
    return gaps;
  }
  for (const path of written.lineless) {
    const why = 'it was built without debug information; add -g, or debug = true to the profile of Cargo';
    gaps.push({ what: `source lines of ${basename(path)}`, why });
  }
  for (const path of written.unanswered) {
    gaps.push({ what: `source lines of ${basename(path)}`, why: 'its debug information could not be read in time' });
  }
  return gaps;
}
