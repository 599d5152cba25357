import { importProfile } from '../../profile/formats/index.ts';
import type { Taking } from './dueSamples.ts';

/**
 * Where Go puts samples whose stacks it could not keep: no room in its buffer, or a moment at which it may not look. Source: Go,
 * runtime/pprof/proto.go (lostProfileEvent), runtime/proc.go.
 */
const lostStacks = /^runtime(?:\/pprof\.lostProfileEvent|\._Lost\w+)$/;

/** What a CPU profile of Go holds. @throws SlowpathError FORMAT_* */
export function goSamples(pprof: Uint8Array): Omit<Taking, 'cpuUs'> {
  const { strings, frames, stacks, samples, unit, intervalUs } = importProfile(pprof);
  if (unit !== 'us' || intervalUs <= 0)
    return { samples: samples.length, sampledUs: 0, lost: 0, intervalUs: Number.POSITIVE_INFINITY };
  let sampledUs = 0;
  let lostUs = 0;
  for (const [row, weight] of samples.weightUs.entries()) {
    const name = strings[frames.name[stacks.frame[samples.stack[row] ?? 0] ?? 0] ?? 0] ?? '';
    if (lostStacks.test(name)) lostUs += weight;
    else sampledUs += weight;
  }
  return {
    samples: Math.round(sampledUs / intervalUs),
    sampledUs,
    lost: Math.round(lostUs / intervalUs),
    intervalUs,
  };
}
