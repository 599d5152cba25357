import type { Evidence, Finding, Rule } from '../finding.ts';
import { costText, figuresOf, measuredCauses, scoreOf, whyText, type Measured } from '../cpuFinding.ts';
import { jsonFunctionOf } from '../jsonCalls.ts';
import { atCall, inWords } from '../place.ts';

const source = 'Node.js guide “Don’t Block the Event Loop”, section “JSON DOS”';

/**
 * JSON.parse or JSON.stringify as a hot path: the self time of lines that call them, through the gate (10 % of the slow
 * requests' time beyond the typical ones', or a fifth of all CPU time; the usual few percent of a small answer stay below).
 */
export const jsonHotPath: Rule = {
  id: 'NODE03',
  title: 'JSON is a hot path',
  source,
  find: (evidence) => measuredCauses(evidence, 'json').map((each) => finding(evidence, each)),
};

function finding(evidence: Evidence, measured: Measured): Finding {
  const { cause, shares, weighed } = measured;
  const { source: text } = measured.place;
  const place = atCall(measured.place, (call) => text !== null && jsonFunctionOf(text, call) === cause.detail, cause);
  const writing = cause.detail === 'JSON.stringify';
  return {
    rule: jsonHotPath.id,
    severity: weighed.severity,
    title: `${cause.detail} in ${inWords(place)} takes ${costText(measured)}`,
    explanation: `${cause.detail} works through the whole value in one go on the event loop, in time proportional to its size. ${whyText(measured)}`,
    suggestion: writing
      ? 'Send less: only the fields and rows the client reads, in pages. Serialise what rarely changes once and keep the bytes; for fixed shapes a schema-compiled serialiser is faster. Very large answers belong in a stream or a worker thread.'
      : 'Parse less: limit the size of what is accepted, split large documents into lines or pages, keep the parsed value instead of the text, or parse in a worker thread.',
    file: place.file,
    line: place.line,
    evidence: { call: cause.detail, ...figuresOf(evidence, { ...measured, place }) },
    score: scoreOf(shares),
    source,
  };
}
