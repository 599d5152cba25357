import type { Rule } from './finding.ts';
import { delayedAck } from './rules/net01DelayedAck.ts';
import { connectionChurn } from './rules/net06ConnectionChurn.ts';
import { syncCall } from './rules/node01SyncCall.ts';
import { loopBlocking } from './rules/node02LoopBlocking.ts';
import { jsonHotPath } from './rules/node03Json.ts';
import { regexpBacktracking } from './rules/node04Regexp.ts';
import { consoleOutput } from './rules/node05Console.ts';
import { scavenges } from './rules/node07Scavenges.ts';
import { majorGc } from './rules/node08MajorGc.ts';
import { stripped } from './rules/rust05Stripped.ts';
import { closedLoop } from './rules/obs01ClosedLoop.ts';
import { fewSamples } from './rules/obs02FewSamples.ts';
import { warmUp } from './rules/obs06WarmUp.ts';
import { generatorLimits } from './rules/obs08Generator.ts';

/** All rules, the more specific before the more general: of two that tell one cause, the former speaks. */
export const rules: readonly Rule[] = [
  generatorLimits,
  regexpBacktracking,
  syncCall,
  jsonHotPath,
  consoleOutput,
  scavenges,
  majorGc,
  loopBlocking,
  delayedAck,
  connectionChurn,
  stripped,
  closedLoop,
  warmUp,
  fewSamples,
];
