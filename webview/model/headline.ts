/** The one sentence a stranger reads first: how slow, and why. Pure; every figure in it is measured. */
import { formatUs } from '../../src/plan/units.ts';
import type { Blocker, Ledger } from '../../src/trace/analysis.ts';
import { formatPercent, place } from '../format.ts';
import type { TailSummary } from './messages.ts';

export interface HeadlinePart {
  readonly text: string;
  readonly style: 'plain' | 'figure' | 'code';
  /** Where a click leads. */
  readonly source: { readonly file: string; readonly line: number } | null;
}

/** Below this a blocker does not explain the tail. */
const tellingShare = 0.15;
/** Fewer connected groups of slow requests than this are an anecdote. */
const fewEpisodes = 10;

const ledgerPhrases: Readonly<Record<keyof Ledger, string>> = {
  ownCpu: 'was their own work on the CPU',
  otherCpu: 'was other work occupying their thread',
  gc: 'was garbage collection',
  runnable: 'was waiting for a free CPU',
  downstream: 'was waiting for calls to other services',
  idle: 'was waiting with the thread idle: timers, disk or another service',
  client: 'was spent before the request left the load generator',
  unknown: 'could not be attributed',
};

export function headline(p99Us: number | null, tail: TailSummary | null): HeadlinePart[] {
  const parts: HeadlinePart[] = [];
  const plain = (text: string): void => void parts.push({ text, style: 'plain', source: null });
  const figure = (text: string): void => void parts.push({ text, style: 'figure', source: null });
  if (p99Us === null) {
    plain('No request finished in this stretch of time.');
    return parts;
  }
  plain('p99 is ');
  figure(formatUs(p99Us));
  plain('. ');
  if (!tail || tail.slow.requests === 0) {
    plain('There are too few requests to tell slow from typical.');
    return parts;
  }
  const blocker = tail.blockers[0];
  if (blocker && blocker.slowShare >= tellingShare && blocker.slowShare > blocker.typicalShare * 1.5) {
    blame(parts, blocker, tail.hasEventLoop);
  } else {
    const [name, excess] = largestExcess(tail.slow.ledger, tail.typical.ledger);
    figure(formatPercent(Math.min(1, tail.slow.ledger[name])));
    plain(` of the slow requests’ time ${ledgerPhrases[name]}`);
    plain(excess > 0 ? `, against ${formatPercent(tail.typical.ledger[name])} of the typical ones’.` : '.');
  }
  if (tail.episodes < fewEpisodes)
    plain(` Seen in only ${tail.episodes} ${tail.episodes === 1 ? 'episode' : 'episodes'}: take it as a hint.`);
  return parts;
}

/** In the same measure as the list of what kept them waiting: each moment times the requests that waited. */
function blame(parts: HeadlinePart[], blocker: Blocker, hasEventLoop: boolean): void {
  parts.push({ text: formatPercent(Math.min(1, blocker.slowShare)), style: 'figure', source: null });
  parts.push({ text: ' of the slow requests’ waiting was for ', style: 'plain', source: null });
  if (blocker.frame < 0) {
    parts.push({ text: 'garbage collection, which stopped the process.', style: 'plain', source: null });
    return;
  }
  const source = blocker.file !== null && blocker.line > 0 ? { file: blocker.file, line: blocker.line } : null;
  parts.push({ text: blocker.name, style: 'code', source });
  if (source) {
    parts.push({ text: ' (', style: 'plain', source: null });
    parts.push({ text: place(source.file, source.line), style: 'code', source });
    parts.push({ text: ')', style: 'plain', source: null });
  }
  const how = hasEventLoop ? ', which blocked the event loop.' : ', which kept their threads busy.';
  parts.push({ text: how, style: 'plain', source: null });
}

/** The row of the ledger that slow requests have most beyond typical ones. */
function largestExcess(slow: Ledger, typical: Ledger): [keyof Ledger, number] {
  const names = Object.keys(ledgerPhrases) as (keyof Ledger)[];
  const excess = names.map((name): [keyof Ledger, number] => [name, slow[name] - typical[name]]);
  return excess.reduce((best, entry) => (entry[1] > best[1] ? entry : best), excess[0] ?? ['unknown', 0]);
}
