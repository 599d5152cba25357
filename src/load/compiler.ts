import { setFlagsFromString } from 'node:v8';
import type { Load } from '../plan/scenario.ts';
import type { HostHealth } from './health.ts';

/** V8's compilers that work beside the code they compile, on threads of their own. */
const optimizing = ['turbofan', 'maglev'];
/** A warm-up of this length, of whose time the generator worked for less than this share, has compiled what it takes. */
const shortestSettlingUs = 1e6;
const mostBusySettled = 0.25;
let isHeld = false;

/**
 * Nothing is optimized in this process from now on; what has been stays so, and what becomes hot stays with the baseline compiler, which
 * works at once. Where V8's threads have no core of their own, each function that became hot took the generator's for 1 to 10 ms, in pieces of
 * up to 4: some twenty such pauses in the first five seconds of a window (`perf sched`), each of them requests sent or read late.
 */
export function holdCompiler(): void {
  isHeld = true;
  for (const flag of optimizing) setFlagsFromString(`--no-${flag}`);
}

/** For what is left to do after the window: files of millions of rows. What was never held stays as this V8 was started. */
export function releaseCompiler(): void {
  if (!isHeld) return;
  isHeld = false;
  for (const flag of optimizing) setFlagsFromString(`--${flag}`);
}

/**
 * Whether the generator can do without its compilers: the window will be like the warm-up, which was long enough for what is hot, and there is
 * time enough even if a function were called anew in a way it was not compiled for, and slower from then on.
 * @param spunUs of the warm-up's CPU time, what went into waiting.
 */
export function isSettled(
  model: Load['arrivals']['model'],
  { windowUs, cpuUs }: Pick<HostHealth, 'windowUs' | 'cpuUs'>,
  spunUs: number,
): boolean {
  const isSteady = model === 'constant' || model === 'poisson';
  return isSteady && windowUs >= shortestSettlingUs && cpuUs - spunUs < mostBusySettled * windowUs;
}
