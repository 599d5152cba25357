import type { Evidence, Finding, Rule } from '../finding.ts';
import { riskyRepetition } from '../backtracking.ts';
import type { Cause } from '../causes.ts';
import { costText, figuresOf, measuredCauses, scoreOf, whyText, type Measured } from '../cpuFinding.ts';
import { knownOf } from '../evidence.ts';
import { atCall, atLine, inWords, placeOf, type Place } from '../place.ts';
import type { RegexpLiteral, SourceText } from '../source.ts';

const source = 'OWASP “Regular expression Denial of Service”; V8 blog “An additional non-backtracking RegExp engine”';

/**
 * A regular expression that backtracks. Measured: V8's native frame `RegExp: pattern`, and the self time of lines that use a
 * pattern with nested repetition (the first runs of a pattern are interpreted and have no frame), through the gate. As a hint:
 * such a pattern in a function seen running under load.
 */
export const regexpBacktracking: Rule = {
  id: 'NODE04',
  title: 'A regular expression backtracks',
  source,
  find: (evidence) => {
    const measured = measuredCauses(evidence, 'regexp').map((each) => finding(evidence, each));
    return [...measured, ...hints(evidence, measured)];
  },
};

function finding(evidence: Evidence, measured: Measured): Finding {
  const { cause, shares, weighed } = measured;
  const pattern = cause.detail;
  const place = atLiteral(measured.place, cause);
  const risky = riskyRepetition(pattern);
  return {
    rule: regexpBacktracking.id,
    severity: weighed.severity,
    title: `The regular expression /${shortened(pattern)}/ in ${inWords(place)} takes ${costText(measured)}`,
    explanation: `${risky === null ? 'Matching runs on the event loop and cannot be interrupted; on texts that almost match, the engine tries one way after another.' : `${shortened(risky)} can split the same text in many ways, and on a text that almost matches the engine tries them all: the time doubles with each further character, and nothing else runs meanwhile.`} ${whyText(measured)}`,
    suggestion: `${rewriting(risky)} Limit the length of the text before matching. Where patterns cannot be changed, the RE2 library or V8’s flag --enable-experimental-regexp-engine-on-excessive-backtracks match in linear time.`,
    file: place.file,
    line: place.line,
    evidence: {
      pattern: shortened(pattern),
      nestedRepetition: risky !== null,
      ...figuresOf(evidence, { ...measured, place }),
    },
    score: scoreOf(shares),
    source,
  };
}

function rewriting(risky: string | null): string {
  return risky === null
    ? 'Make the pattern fail early: anchor it, and replace .* by a class that excludes what must follow.'
    : `Rewrite ${shortened(risky)} without a repetition inside a repetition.`;
}

/** Patterns can be generated and long. */
function shortened(pattern: string): string {
  return pattern.length <= 60 ? pattern : `${pattern.slice(0, 57)}…`;
}

/** At the line where the pattern is written: in the function, else anywhere in the file, else where it is used. */
function atLiteral(place: Place, cause: Cause): Place {
  const pattern = cause.detail;
  const same = place.source?.regexps.filter((literal) => isSame(literal, pattern)) ?? [];
  const { extent } = place;
  const inside = extent ? same.find(({ line }) => line >= extent.from && line <= extent.to) : undefined;
  const literal = inside ?? same[0];
  if (literal) return atLine(place, literal.line);
  return atCall(
    place,
    ({ last }) => ['test', 'exec', 'match', 'replace', 'matchAll', 'split', 'search'].includes(last),
    cause,
  );
}

/** V8 prints slashes of `new RegExp('a/b')` as they are, those of literals escaped; long names may be cut. */
function isSame({ pattern }: RegexpLiteral, seen: string): boolean {
  const plain = (text: string): string => text.replaceAll('\\/', '/');
  return plain(pattern) === plain(seen) || (seen.length > 500 && plain(seen).startsWith(plain(pattern).slice(0, 500)));
}

const mostHints = 3;

function hints(evidence: Evidence, measured: readonly Finding[]): Finding[] {
  const { times } = knownOf(evidence);
  if (!times) return [];
  const found: Finding[] = [];
  const seen = new Set(measured.map(({ file, line }) => `${line ?? 0} ${file ?? ''}`));
  for (const { frame, file, line } of evidence.analysis.functions) {
    if (file === null || line <= 1 || file.includes('/node_modules/')) continue;
    const place = placeOf(evidence, times, frame);
    for (const literal of usedIn(place)) {
      const key = `${literal.line} ${place.file ?? ''}`;
      const risky = riskyRepetition(literal.pattern);
      if (risky === null || seen.has(key)) continue;
      seen.add(key);
      found.push(hint(atLine(place, literal.line), literal.pattern, risky));
    }
  }
  return found.slice(0, mostHints);
}

/** Written in the function, or written elsewhere in the file under a name the function uses. */
function usedIn({ source: text, extent }: Place): RegexpLiteral[] {
  if (!text || !extent) return [];
  return text.regexps.filter(
    ({ line, boundTo }) =>
      (line >= extent.from && line <= extent.to) || (boundTo !== '' && callsOn(text, boundTo, extent.from, extent.to)),
  );
}

function callsOn(text: SourceText, name: string, from: number, to: number): boolean {
  return text.calls.some((call) => call.line >= from && call.line <= to && call.name.startsWith(`${name}.`));
}

function hint(place: Place, pattern: string, risky: string): Finding {
  return {
    rule: regexpBacktracking.id,
    severity: 'hint',
    title: `/${shortened(pattern)}/ can backtrack exponentially`,
    explanation: `${shortened(risky)} can split the same text in many ways. No text of this run made it slow, but one that almost matches would hold the event loop.`,
    suggestion: `${rewriting(risky)} Limit the length of the text before matching.`,
    file: place.file,
    line: place.line,
    evidence: { pattern: shortened(pattern), function: place.functionName, measured: false },
    score: 0,
    source,
  };
}
