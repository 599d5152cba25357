import { formatBytes, formatShare, formatUs } from '../../plan/units.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';
import { rounded, scoreOf } from '../cpuFinding.ts';
import { pauseFigures, type PauseFigures } from '../pauses.ts';
import { heapLimits, keptHeap, untilFull, type KeptHeap } from '../keptHeap.ts';
import { inWords } from '../place.ts';
import { allocatingPlace, pausedText, pauseEvidence, weighPauses } from './gcFinding.ts';

const source = 'Node.js guide “Understanding and Tuning Memory”; V8 blog “Trash talk: the Orinoco garbage collector”';

/** V8's kinds: 4 mark-sweep-compact, 8 incremental marking. */
const old = [4, 8];

/** Above this share of its limit V8 collects ever more often and compacts; the process is close to its end. */
const nearLimit = 0.8;

/** Collections of the old generation in the slow requests' windows, a heap close to its limit, or one that keeps ever more. */
export const majorGc: Rule = {
  id: 'NODE08',
  title: 'Old-generation collections delay requests',
  source,
  find: (evidence) => {
    const figures = pauseFigures(evidence, old);
    const heap = heapFigures(evidence);
    const kept = keptHeap(evidence);
    const paused = figures && weighPauses(figures);
    const full = heap !== null && heap.usedMaxBytes > nearLimit * heap.limitBytes;
    return paused || full || kept
      ? [
          finding(
            evidence,
            { figures: paused ? figures : null, heap, full, kept },
            full || kept ? 'warning' : (paused ?? 'info'),
          ),
        ]
      : [];
  },
};

interface HeapFigures {
  readonly usedMaxBytes: number;
  readonly limitBytes: number;
  /** From the first to the last fifth of the range: means, so that the saw-tooth of the collector does not matter. */
  readonly growthBytesPerSecond: number;
}

function heapFigures({ run, analysis }: Evidence): HeapFigures | null {
  const { memory } = run.runtime;
  const { startUs, endUs } = analysis.range;
  const limitOf = heapLimits(run);
  const fifth = (endUs - startUs) / 5;
  let usedMaxBytes = 0;
  let limitBytes = 0;
  const early = { bytes: 0, count: 0 };
  const late = { bytes: 0, count: 0 };
  for (let row = 0; row < memory.length; row++) {
    const timeUs = memory.timeUs[row] ?? 0;
    const used = memory.heapUsedBytes[row] ?? 0;
    const limit = limitOf(row);
    if (timeUs < startUs || timeUs >= endUs || !(limit > 0)) continue;
    if (limitBytes === 0 || used / limit > usedMaxBytes / limitBytes) {
      usedMaxBytes = used;
      limitBytes = limit;
    }
    const part = timeUs < startUs + fifth ? early : timeUs >= endUs - fifth ? late : null;
    if (!part) continue;
    part.bytes += used;
    part.count++;
  }
  if (limitBytes === 0) return null;
  const seconds = (4 * fifth) / 1e6;
  const growth =
    early.count > 0 && late.count > 0 && seconds > 0
      ? (late.bytes / late.count - early.bytes / early.count) / seconds
      : 0;
  return { usedMaxBytes, limitBytes, growthBytesPerSecond: growth };
}

interface Told {
  /** null: the pauses are not worth telling. */
  readonly figures: PauseFigures | null;
  readonly heap: HeapFigures | null;
  /** The heap came close to its limit. */
  readonly full: boolean;
  readonly kept: KeptHeap | null;
}

function finding(evidence: Evidence, { figures, heap, full, kept }: Told, severity: Finding['severity']): Finding {
  const from = allocatingPlace(evidence);
  const cost = figures
    ? `Major garbage collections pause the service for up to ${formatUs(figures.maxUs)}: ${pausedText(figures)}`
    : null;
  const room = heap
    ? `The heap reached ${formatBytes(heap.usedMaxBytes)} of at most ${formatBytes(heap.limitBytes)} and grew by ${formatBytes(Math.max(0, heap.growthBytesPerSecond))} a second.`
    : '';
  const waited = figures
    ? `${figures.count} collections of the old generation make up ${formatShare(figures.slowShare)} of the slow requests’ time against ${formatShare(figures.typicalShare)} of the typical ones’. They cost what is alive: a large cache, or objects kept longer than needed, make each of them long.`
    : full
      ? 'Close to its limit V8 collects the whole heap ever more often, and ends the process when nothing is left.'
      : '';
  const growing = kept
    ? `What collections of the whole heap could not free grows by ${formatBytes(kept.bytesPerSecond)} a second${full ? '' : `: ${untilFull(kept)}`}. Something keeps what requests made, as a cache without a bound does; each collection has more to copy or mark.`
    : '';
  const where = from
    ? ` ${inWords(from.place)} was running before ${formatShare(from.share)} of the collection time.`
    : '';
  return {
    rule: majorGc.id,
    severity,
    title:
      cost ??
      (kept && !full
        ? `The service keeps ${formatBytes(kept.bytesPerSecond)} more a second, which garbage collection can’t free: ${untilFull(kept)}`
        : `The heap is close to its limit: ${room.slice('The heap reached '.length).split(' and grew')[0] ?? ''}`),
    explanation: `${[waited, growing, room].filter((text) => text !== '').join(' ')}${where}`,
    suggestion: `Keep less: bound caches by size, drop references when a request ends, keep large data in Buffers (outside the collected heap) or another process. ${
      full
        ? 'If the memory is needed, raise --max-old-space-size.'
        : kept
          ? 'A higher --max-old-space-size would only put off the end.'
          : 'The heap is far from its limit, so --max-old-space-size would change nothing.'
    }`,
    file: from?.place.file ?? null,
    line: from?.place.line ?? null,
    evidence: {
      ...(figures ? pauseEvidence(evidence, figures) : {}),
      ...(heap
        ? {
            heapUsedMaxBytes: heap.usedMaxBytes,
            heapLimitBytes: heap.limitBytes,
            heapGrowthBytesPerSecond: Math.round(heap.growthBytesPerSecond),
          }
        : {}),
      ...(kept
        ? { keptBytesPerSecond: Math.round(kept.bytesPerSecond), secondsUntilFull: Math.round(kept.secondsLeft) }
        : {}),
      ...(from ? { function: from.place.functionName, allocatorShare: rounded(from.share) } : {}),
    },
    score: figures ? scoreOf({ slow: figures.slowShare, typical: figures.typicalShare }) : 0,
    source,
  };
}
