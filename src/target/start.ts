import type { Target } from '../plan/scenario.ts';
import { attachTarget } from './attach.ts';
import { attachProcess } from './attachProcess.ts';
import { launchTarget } from './launch.ts';
import type { RunningTarget, TargetContext } from './target.ts';

/**
 * Launches or attaches to one target of a scenario and waits until it is ready for load.
 *
 * @throws SlowpathError TARGET_* or CANCELLED; nothing is left running or attached then.
 */
export function startTarget(spec: Target, context: TargetContext): Promise<RunningTarget> {
  if (spec.kind === 'launch') return launchTarget(spec, context);
  const takesProbe = spec.runtime === 'node' && context.collect.with !== 'none';
  return takesProbe ? attachTarget(spec, context) : attachProcess(spec, context);
}
