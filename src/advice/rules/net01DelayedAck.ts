import { formatShare } from '../../plan/units.ts';
import type { RequestTable } from '../../load/result.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';
import { rounded, scoreOf } from '../cpuFinding.ts';
import { callsOf } from '../imports.ts';
import { optionOf, type SourceText } from '../source.ts';
import { intersect, lengthOf, type Intervals } from '../../trace/intervals.ts';
import { traceOf } from '../../trace/tailAnalysis.ts';
import { threadIntervals } from '../../trace/waiting.ts';
import { targetSources } from '../targetSources.ts';

const source =
  'RFC 896 (Nagle); RFC 1122, section 4.2.3.2 (delayed acknowledgements); Node.js documentation of socket.setNoDelay';

/** Linux delays an acknowledgement by 40 ms at least (net/tcp.h, TCP_DELACK_MIN); 35–50 ms leaves room for work around it. */
const bin = { from: 35_000, to: 50_000 };

/** Fewer answers there, in number or in share, may be slow for any reason. */
const minCount = 10;
const minShare = 0.005;
/** The bin must stand out: this many times the answers in the bins of the same width (in logarithms) on either side. */
const standsOut = 3;
/** Of those 40 ms, what must not be the service's own time. */
const leastOnTheWireUs = 30_000;
/** So many of all are no few that a pause of the generator held up. */
const surelyShare = 0.1;
/** And the kernel must have delayed about as many acknowledgements meanwhile. */
const minAcknowledged = 0.5;

/**
 * Nagle's algorithm against delayed acknowledgements: a second small write waits for the acknowledgement of the first, which the
 * other side holds back for 40 ms. Told only where all agree: service times pile up in 35–50 ms and not beside it, and the kernel's
 * count of delayed acknowledgements grew by as much. (On a system without that count the source must show the cause.)
 * Node's HTTP server sets TCP_NODELAY by default since Node 18: the place is never an http.createServer that leaves it so.
 */
export const delayedAck: Rule = {
  id: 'NET01',
  title: 'Nagle’s algorithm waits for delayed acknowledgements',
  source,
  find: (evidence) => {
    const pile = pileOf(evidence);
    if (!pile) return [];
    const { run } = evidence;
    const acknowledged = run.manifest.counters['TcpExt.DelayedACKs'];
    if (acknowledged !== undefined && acknowledged < minAcknowledged * pile.count) return [];
    const place = placeIn(evidence);
    if (!place && (acknowledged === undefined || mayBeOwnPauses(run, pile))) return [];
    return [finding(pile, acknowledged ?? null, place)];
  },
};

/** What stands still for as long reads answers as late. Where the source shows no cause and few answers are meant, it may be that. */
function mayBeOwnPauses({ manifest }: Evidence['run'], { share }: Pile): boolean {
  const { health } = manifest.verdict ?? {};
  const longestUs = Math.max(health?.stallMaxUs ?? 0, health?.gcPauseMaxUs ?? 0);
  return longestUs >= leastOnTheWireUs && share < surelyShare;
}

interface Pile {
  readonly count: number;
  readonly share: number;
  readonly slowShare: number;
  readonly typicalShare: number;
}

function pileOf({ run, analysis }: Evidence): Pile | null {
  const { requests } = run;
  let all = 0;
  let beside = 0;
  let count = 0;
  const slow = { all: 0, inside: 0 };
  const typical = { all: 0, inside: 0 };
  const { p50 } = analysis.latency.response;
  const slowFrom = analysis.tail?.thresholdUs ?? Number.POSITIVE_INFINITY;
  const width = bin.to / bin.from;
  for (let row = 0; row < requests.length; row++) {
    const intended = requests.intendedUs[row] ?? Number.NaN;
    const service = serviceUs(requests, row);
    if (!(intended >= analysis.range.startUs && intended < analysis.range.endUs) || Number.isNaN(service)) continue;
    all++;
    // What the service itself took, or its loop was held up, has nothing to do with acknowledgements.
    const inside = service >= bin.from && service < bin.to && onTheWireUs(run, row, service) >= leastOnTheWireUs;
    if (inside) count++;
    else if (service >= bin.from / width && service < bin.to * width) beside++;
    const isSlow = (requests.doneUs[row] ?? 0) - intended > slowFrom;
    const set = isSlow ? slow : service <= (p50 ?? 0) * 1.1 ? typical : null;
    if (!set) continue;
    set.all++;
    if (inside) set.inside++;
  }
  const share = all > 0 ? count / all : 0;
  if (count < minCount || share < minShare || count < (standsOut * beside) / 2) return null;
  return {
    count,
    share,
    slowShare: slow.all > 0 ? slow.inside / slow.all : 0,
    typicalShare: typical.all > 0 ? typical.inside / typical.all : 0,
  };
}

/**
 * Of a service time, what passed after the server had handed over its answer; for a protocol the probe does not see, what did not pass in
 * a stall of the loop.
 */
function onTheWireUs(run: Evidence['run'], row: number, service: number): number {
  const { join, serving } = traceOf(run);
  const finished = run.runtime.serverRequests.finishUs[join.serverRow[row] ?? -1] ?? Number.NaN;
  if (!Number.isNaN(finished)) return (run.requests.doneUs[row] ?? 0) - finished;
  const thread = serving.lanes[serving.laneOf[row] ?? -1]?.runtimeThread ?? -1;
  const sent = run.requests.sentUs[row] ?? 0;
  return service - lengthOf(intersect(stallsOf(run, thread), Float64Array.of(sent, sent + service)));
}

const stallsKnown = new WeakMap<Evidence['run'], Map</* thread */ number, Intervals>>();

function stallsOf(run: Evidence['run'], thread: number): Intervals {
  let known = stallsKnown.get(run);
  if (!known) stallsKnown.set(run, (known = new Map<number, Intervals>()));
  let stalls = known.get(thread);
  if (!stalls) known.set(thread, (stalls = threadIntervals(run.runtime.stalls, thread)));
  return stalls;
}

function serviceUs(requests: RequestTable, row: number): number {
  return (requests.doneUs[row] ?? Number.NaN) - (requests.sentUs[row] ?? Number.NaN);
}

interface SocketPlace {
  readonly file: string;
  readonly line: number;
  readonly why: 'write' | 'off';
}

/** A raw TCP socket that leaves Nagle's algorithm on and writes twice, or a setting that turns it on. */
function placeIn(evidence: Evidence): SocketPlace | null {
  for (const { file, source: text } of targetSources(evidence)) {
    const off = text.calls.find((call) => optionOf(text, call, 'noDelay') === 'false' || turnsNoDelayOff(text, call));
    if (off) return { file, line: lineOfOff(text), why: 'off' };
    const [made] = callsOf(text, 'net', ['createServer', 'connect', 'createConnection', 'Server', 'Socket']);
    const noDelay = text.calls.some((call) => call.last === 'setNoDelay' || optionOf(text, call, 'noDelay') === 'true');
    if (made && !noDelay) return { file, line: secondWrite(text) ?? made.line, why: 'write' };
  }
  return null;
}

function turnsNoDelayOff(text: SourceText, call: { readonly last: string; readonly open: number }): boolean {
  const { tokens } = text;
  return (
    call.last === 'setNoDelay' && tokens.text.slice(tokens.start[call.open + 1], tokens.end[call.open + 1]) === 'false'
  );
}

/** The line the setting itself stands on. */
function lineOfOff(text: SourceText): number {
  const { tokens } = text;
  const word = (index: number): string => tokens.text.slice(tokens.start[index], tokens.end[index]);
  for (let index = 0; index + 2 < tokens.length; index++) {
    const isOption = word(index) === 'noDelay' && word(index + 1) === ':' && word(index + 2) === 'false';
    const isCall = word(index) === 'setNoDelay' && word(index + 2) === 'false';
    if (isOption || isCall) return tokens.line[index] ?? 1;
  }
  return 1;
}

/** The second of two writes to the same socket within a few lines: the one that waits. */
function secondWrite(text: SourceText): number | null {
  const writes = text.calls.filter(
    ({ name, last }) => /^(write|end)$/.test(last) && !/^(process|console|res|response)\./.test(name),
  );
  for (const [index, call] of writes.entries()) {
    const before = writes[index - 1];
    if (before?.last !== 'write' || call.line - before.line > 10) continue;
    if (before.name.slice(0, before.name.lastIndexOf('.')) === call.name.slice(0, call.name.lastIndexOf('.')))
      return call.line;
  }
  return null;
}

function finding(pile: Pile, acknowledged: number | null, place: SocketPlace | null): Finding {
  const said =
    place === null
      ? 'No socket without TCP_NODELAY was found in the sources that could be read; it may be in a library, or on the other side of a connection the service makes.'
      : place.why === 'off'
        ? 'The source switches TCP_NODELAY off here.'
        : 'The source writes to a raw TCP socket, for which Node leaves Nagle’s algorithm on, in several small pieces.';
  return {
    rule: delayedAck.id,
    severity: 'warning',
    title: `${pile.count} answers (${formatShare(pile.share)}) took 35–50 ms: small writes wait for delayed acknowledgements`,
    explanation: `After a small write, Nagle’s algorithm holds the next one back until the first is acknowledged, and the receiver delays its acknowledgement by about 40 ms in the hope of sending it with data. Answers pile up at just that time${acknowledged === null ? '' : `, and the kernel delayed ${acknowledged} acknowledgements meanwhile`}. ${said}`,
    suggestion:
      'Write each message in one piece (one write or end, or cork and uncork around several), or call socket.setNoDelay(true) when the connection is made, on both ends. Node’s own HTTP server has it on already.',
    file: place?.file ?? null,
    line: place?.line ?? null,
    evidence: {
      answersIn35To50Ms: pile.count,
      answerShare: rounded(pile.share),
      tailShare: rounded(pile.slowShare),
      typicalShare: rounded(pile.typicalShare),
      ...(acknowledged === null ? {} : { delayedAcks: acknowledged }),
    },
    score: scoreOf({ slow: pile.slowShare, typical: pile.typicalShare }),
    source,
  };
}
