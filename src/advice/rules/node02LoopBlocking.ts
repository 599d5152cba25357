import { formatShare, formatUs } from '../../plan/units.ts';
import { FrameKind } from '../../profile/tables.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';
import { figuresOf, measureMembers, rounded, scoreOf, whyText } from '../cpuFinding.ts';
import { culpritsOf, type Culprit, type Judge } from '../culprits.ts';
import { knownOf } from '../evidence.ts';
import { canTakeLong } from '../inlined.ts';
import { callsInLoops, iteratesWith, type Callback } from '../loops.ts';
import { minTailShare, weigh, type Weighed } from '../gate.ts';
import { atCall, atHottest, heaviest, inWords, placeOf, type Place } from '../place.ts';
import { callsIn, type Call } from '../source.ts';
import { calledName, type Occurrences, type StackTimes } from '../stackTimes.ts';

const source = 'Node.js guide “Don’t Block the Event Loop”; Dean and Barroso, “The Tail at Scale”, 2013';

/**
 * Plain code that holds the loop while others wait: own JavaScript that is neither a synchronous API, JSON, a regular
 * expression nor the console (those have rules of their own). Beyond the gate it must have run for 5 ms at a stretch: shorter work is
 * just load, which a queue makes look like a cause.
 */
export const loopBlocking: Rule = {
  id: 'NODE02',
  title: 'A function blocks the event loop',
  source,
  find: (evidence) => {
    const { times, causes } = knownOf(evidence);
    if (!times || !causes) return [];
    const found: Finding[] = [];
    const told: Culprit[] = [];
    const judge = judgeBySource(evidence, times);
    const inTail = { stackUs: times.slowUs, wholeUs: times.slowTimeUs };
    const overall = { stackUs: times.rangeUs, wholeUs: times.rangeCpuUs };
    for (const culprit of [
      ...culpritsOf(times, causes, inTail, minTailShare, judge),
      ...culpritsOf(times, causes, overall, minTailShare, judge),
    ]) {
      const { shares, occurrences } = measureMembers(times, culprit.members);
      const weighed = weigh(shares, occurrences, false);
      if (!weighed || isDispatch(times, culprit, weighed)) continue;
      if (occurrences().blocks === 0 || told.some((other) => isSameTime(times, other, culprit))) continue;
      told.push(culprit);
      found.push(finding(evidence, times, culprit, weighed, occurrences()));
    }
    return found.sort((a, b) => b.score - a.score).slice(0, 3);
  },
};

function judgeBySource(evidence: Evidence, times: StackTimes): Judge {
  const at = (frame: number): Place => placeOf(evidence, times, frame);
  return {
    canTakeLong: (frame) => {
      const { source: text, extent } = at(frame);
      return !text || !extent || canTakeLong(text, extent);
    },
    loopsOver: (caller, callee) => {
      const { source: text, extent } = at(caller);
      if (!text || !extent) return false;
      const called = callbackOf(evidence, times, callee, at(caller).file);
      return (
        callsInLoops(text, extent, called.name).length > 0 ||
        callsIn(text, extent).some((call) => iteratesWith(text, call, called))
      );
    },
  };
}

/** Every request passes through a framework: that it is busy now and then says nothing, unless the slow requests waited for it. */
function isDispatch({ profile }: StackTimes, { frame }: Culprit, { how }: Weighed): boolean {
  return profile.frames.kind[frame] !== FrameKind.user && how !== 'tail';
}

/** Callers and callees share their stacks: with a third of the time in common they tell one cause. */
const sharedTime = 0.3;

function isSameTime({ rangeUs }: StackTimes, one: Culprit, other: Culprit): boolean {
  let oneUs = 0;
  let otherUs = 0;
  let commonUs = 0;
  for (const [stack, part] of one.members) {
    const us = part * (rangeUs[stack] ?? 0);
    oneUs += us;
    if (other.members.has(stack)) commonUs += us;
  }
  for (const [stack, part] of other.members) otherUs += part * (rangeUs[stack] ?? 0);
  return commonUs >= sharedTime * Math.min(oneUs, otherUs);
}

function finding(
  evidence: Evidence,
  times: StackTimes,
  culprit: Culprit,
  weighed: Weighed,
  occurrences: Occurrences,
): Finding {
  const { shares } = culprit;
  const place = placeWithin(evidence, times, culprit);
  const ownCpu = evidence.analysis.tail?.slow.ledger.ownCpu ?? null;
  const measured = { place, shares, occurrences, weighed };
  const victims =
    weighed.how === 'tail' && ownCpu !== null && ownCpu < 0.1
      ? ` The slow requests’ own work was ${formatShare(ownCpu)} of their time: they are victims that waited for it, whatever they asked for.`
      : '';
  return {
    rule: loopBlocking.id,
    severity: weighed.severity,
    title: `${inWords(place)} blocks the event loop for up to ${formatUs(occurrences.longestUs)} and ${weighed.how === 'tail' ? `held ${formatShare(shares.slow)} of the slow requests’ time` : `did so ${occurrences.blocks} times`}`,
    explanation: `${inWords(place)} ran for 5 ms or more at a stretch ${occurrences.blocks} times, and all requests that arrived meanwhile had to wait.${victims} ${whyText(measured)}`,
    suggestion:
      'Do it less often (keep the result), do it elsewhere (a worker thread), or do it in parts of about a millisecond with setImmediate in between. If it is needed by one endpoint only, that endpoint should not be able to hold up the others.',
    file: place.file,
    line: place.line,
    evidence: {
      ...figuresOf(evidence, measured),
      ...(ownCpu === null ? {} : { ownShare: rounded(ownCpu) }),
    },
    score: scoreOf(shares),
    source,
  };
}

/** The hottest own line; for a function that mostly calls, the line of its heaviest call, or of the loop that makes it. */
function placeWithin(evidence: Evidence, times: StackTimes, culprit: Culprit): Place {
  const place = placeOf(evidence, times, culprit.frame);
  const callee = heaviest(culprit.callees);
  if (callee === null) return atHottest(place, culprit.lines);
  const called = callbackOf(evidence, times, callee, place.file);
  const matches = (call: Call): boolean =>
    call.last === called.name || (place.source !== null && iteratesWith(place.source, call, called));
  return atCall(place, matches, { lines: culprit.lines, callees: new Map<string, number>() });
}

/** A function as it is seen from a file: written there, or known by name only. */
function callbackOf(evidence: Evidence, times: StackTimes, frame: number, file: string | null): Callback {
  const { profile } = times;
  const isHere = file !== null && placeOf(evidence, times, frame).file === file;
  return {
    name: calledName(profile, frame),
    line: isHere ? (profile.frames.line[frame] ?? 0) : 0,
    column: isHere ? (profile.frames.column[frame] ?? 0) : 0,
  };
}
