import type { CollectorChoice, Target } from '../../plan/scenario.ts';
import type { Candidate, Collector } from './collector.ts';
import { inspectorCollector } from './inspector.ts';
import { perfCollector } from './perf/collector.ts';
import { pprofCollector } from './pprof.ts';
import { pySpyCollector } from './pySpy.ts';
import { zeroxCollector } from './zerox/collector.ts';

const collectors: Readonly<Record<Exclude<CollectorChoice, 'auto' | 'none'>, Collector>> = {
  inspector: inspectorCollector,
  '0x': zeroxCollector,
  perf: perfCollector,
  pprof: pprofCollector,
  'py-spy': pySpyCollector,
};

/** The collector for a target, or why there is none, as a sentence's end. */
export async function chooseCollector(candidate: Candidate): Promise<Collector | string> {
  const refusals: string[] = [];
  for (const collector of wantedFor(candidate.spec, candidate.collect.with)) {
    const refusal = await collector.canApplyTo(candidate);
    if (refusal === null) return collector;
    refusals.push(`${collector.label}: ${refusal}`);
  }
  return refusals.join('; ');
}

/** What suits best comes first. */
function wantedFor({ runtime, pprof }: Target, choice: CollectorChoice): readonly Collector[] {
  if (choice === 'none') return [];
  if (choice !== 'auto') return [collectors[choice]];
  switch (runtime) {
    case 'node':
      return [inspectorCollector];
    case 'go':
      return pprof === null ? [perfCollector] : [pprofCollector, perfCollector];
    case 'python':
      return [perfCollector, pySpyCollector];
    case 'native':
      return [perfCollector];
  }
}
