import type { Evidence, Finding, Rule } from '../finding.ts';
import { isSyncName } from '../causes.ts';
import { formatShare } from '../../plan/units.ts';
import { costText, figuresOf, measuredCauses, rounded, scoreOf, whyText, type Measured } from '../cpuFinding.ts';
import { sharesOf } from '../stackTimes.ts';
import { knownOf } from '../evidence.ts';
import { atCall, atLine, inWords, placeOf, type Place } from '../place.ts';
import { callsIn, type Call } from '../source.ts';

const source =
  'Node.js guide “Don’t Block the Event Loop”; Node.js API documentation of fs, crypto, zlib and child_process';

/**
 * Synchronous API in a request's way. Measured: time below a runtime or library function whose name ends in `Sync` (or the
 * module loader), through the gate. From the source alone, as a hint: such a call in a function of the person's own
 * that was seen running under load.
 */
export const syncCall: Rule = {
  id: 'NODE01',
  title: 'Synchronous API called while requests wait',
  source,
  find: (evidence) => {
    const measured = measuredCauses(evidence, 'sync').map((each) => finding(evidence, each));
    return [...measured, ...hints(evidence, measured)];
  },
};

/** The asynchronous forms, where they are not the name without `Sync`. */
const asyncForms: Readonly<Record<string, string>> = {
  require: 'a require (or import) when the service starts',
  execSync: 'child_process.exec or spawn',
  execFileSync: 'child_process.execFile',
  spawnSync: 'child_process.spawn',
};

function finding(evidence: Evidence, measured: Measured): Finding {
  const { cause, shares, weighed } = measured;
  const matches = matcherOf(cause.detail);
  const place = atCall(measured.place, matches, cause);
  const call = callName(place, matches) ?? (cause.detail === 'zlib' ? 'a synchronous zlib function' : cause.detail);
  return {
    rule: syncCall.id,
    severity: weighed.severity,
    title: `${call} in ${inWords(place)} holds the event loop: ${costText(measured)}`,
    explanation: `${call} does its work before it returns, and nothing else runs meanwhile: every request of the process waits, not only the one that called it. ${whyText(measured)}`,
    suggestion: suggestionFor(call),
    file: place.file,
    line: place.line,
    evidence: { call, ...figuresOf(evidence, { ...measured, place }) },
    score: scoreOf(shares),
    source,
  };
}

function suggestionFor(call: string): string {
  const other =
    asyncForms[call] ??
    (call.endsWith('Sync') ? `the asynchronous ${call.slice(0, -'Sync'.length)}` : 'the asynchronous form');
  const then =
    call === 'require'
      ? 'A module is loaded once; the first request should not pay for it.'
      : 'If the result does not change, compute it once at start-up and keep it. Note that crypto, zlib and fs use the thread pool of four threads: many at once queue there.';
  return `Use ${other} instead. ${then}`;
}

function matcherOf(detail: string): (call: Call) => boolean {
  if (detail === 'require') return ({ last }) => last === 'require';
  if (detail === 'zlib')
    return ({ last }) => /^(gzip|gunzip|deflate|inflate|deflateRaw|inflateRaw|unzip|brotli\w+|zstd\w+)Sync$/.test(last);
  return ({ last }) => last === detail;
}

function callName({ source: text, line }: Place, matches: (call: Call) => boolean): string | null {
  return text?.calls.find((call) => call.line === line && matches(call))?.last ?? null;
}

const mostHints = 3;

/** Calls in functions that ran under load, where no measured finding stands. */
function hints(evidence: Evidence, measured: readonly Finding[]): Finding[] {
  const { times } = knownOf(evidence);
  if (!times) return [];
  const found: Finding[] = [];
  const seen = new Set(measured.map(({ file, line }) => `${line ?? 0} ${file ?? ''}`));
  for (const { frame, file, line } of evidence.analysis.functions) {
    // Modules themselves (line 1) run once; their sync calls are start-up work.
    if (found.length >= mostHints) break;
    if (file === null || line <= 1 || file.includes('/node_modules/')) continue;
    const place = placeOf(evidence, times, frame);
    if (!place.source || !place.extent) continue;
    for (const call of callsIn(place.source, place.extent)) {
      const key = `${call.line} ${place.file ?? ''}`;
      if (!isSyncName(call.last) || seen.has(key) || found.length >= mostHints) continue;
      seen.add(key);
      found.push(hint(atLine(place, call.line), call.last, cpuShareOf(evidence, frame)));
    }
  }
  return found;
}

/** Of all CPU time, what went into synchronous calls of a function. */
function cpuShareOf(evidence: Evidence, frame: number): number {
  const { times, causes } = knownOf(evidence);
  let share = 0;
  for (const cause of causes ?? []) {
    if (times && cause.kind === 'sync' && cause.frame === frame) share += sharesOf(times, cause.members).cpu;
  }
  return share;
}

function hint(place: Place, call: string, cpuShare: number): Finding {
  return {
    rule: syncCall.id,
    severity: 'hint',
    title: `${call} stands in ${inWords(place)}, which runs while requests wait`,
    explanation: `${call} holds the event loop for as long as it takes. ${cpuShare > 0 ? `In this run it took ${formatShare(cpuShare)} of the CPU time and did not stand out among the slow requests’ causes; with more data or more calls it would.` : 'In this run it cost too little to measure.'}`,
    suggestion: suggestionFor(call),
    file: place.file,
    line: place.line,
    evidence: { call, function: place.functionName, cpuShare: rounded(cpuShare) },
    score: 0,
    source,
  };
}
