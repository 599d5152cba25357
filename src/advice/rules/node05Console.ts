import type { Evidence, Finding, Rule } from '../finding.ts';
import { isConsoleCall } from '../causes.ts';
import { costText, figuresOf, measuredCauses, scoreOf, whyText, type Measured } from '../cpuFinding.ts';
import { atCall, inWords } from '../place.ts';

const source = 'Node.js documentation, “A note on process I/O”';

/**
 * Console output that costs: time below the console's functions (formatting and writing) through the gate. A log line now and
 * then stays below it; a fifth of all CPU time, or a tenth of the tail, does not.
 */
export const consoleOutput: Rule = {
  id: 'NODE05',
  title: 'Console output while requests wait',
  source,
  find: (evidence) => measuredCauses(evidence, 'console').map((each) => finding(evidence, each)),
};

function finding(evidence: Evidence, measured: Measured): Finding {
  const { cause, shares, weighed } = measured;
  const place = atCall(measured.place, isConsoleCall, cause);
  return {
    rule: consoleOutput.id,
    severity: weighed.severity,
    title: `Console output in ${inWords(place)} takes ${costText(measured)}`,
    explanation: `console.* formats its arguments on the event loop, and writes to files, terminals and (on Linux) pipes are synchronous: when the reader is slow, the service waits. ${whyText(measured)}`,
    suggestion:
      'Log less on the request path (a level that is off costs nothing), log small flat values instead of whole objects, and write through a buffered logger that hands its lines to another thread, as pino does.',
    file: place.file,
    line: place.line,
    evidence: { call: 'console', ...figuresOf(evidence, { ...measured, place }) },
    score: scoreOf(shares),
    source,
  };
}
