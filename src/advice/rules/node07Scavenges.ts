import { formatBytes, formatShare, formatUs } from '../../plan/units.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';
import { rounded, scoreOf } from '../cpuFinding.ts';
import { pauseFigures, type PauseFigures } from '../pauses.ts';
import { keptHeap } from '../keptHeap.ts';
import { inWords } from '../place.ts';
import { allocatingPlace, pausedText, pauseEvidence, weighPauses } from './gcFinding.ts';

const source = 'Node.js documentation of --max-semi-space-size; V8 blog “Trash talk: the Orinoco garbage collector”';

/** V8's kinds: 1 scavenge, 2 minor mark-sweep. */
const young = [1, 2];

/** Collections of the young generation that the slow requests waited for, and the typical ones did not. */
export const scavenges: Rule = {
  id: 'NODE07',
  title: 'Young-generation collections delay requests',
  source,
  find: (evidence) => {
    const figures = pauseFigures(evidence, young);
    const severity = figures && weighPauses(figures);
    return figures && severity ? [finding(evidence, figures, severity)] : [];
  },
};

function finding(evidence: Evidence, figures: PauseFigures, severity: Finding['severity']): Finding {
  const from = allocatingPlace(evidence);
  const flag = semiSpaceFlag(evidence);
  const kept = keptHeap(evidence);
  const where = from
    ? ` ${inWords(from.place)} was running before ${formatShare(from.share)} of the collection time: that is where most of the objects come from.`
    : '';
  const nursery = kept
    ? 'A larger nursery does not help what stays alive.'
    : flag === null
      ? 'A larger nursery (--max-semi-space-size=64, in MiB) collects less often and gives short-lived objects time to die before they are copied.'
      : `The nursery is set already (${flag}): another size alone will not mend this.`;
  return {
    rule: scavenges.id,
    severity,
    title: `Scavenges pause the service for up to ${formatUs(figures.maxUs)}: ${pausedText(figures)}${from ? `, mostly after allocations in ${inWords(from.place)}` : ''}`,
    explanation: `${figures.count} collections of the young generation stopped the event loop; they make up ${formatShare(figures.slowShare)} of the slow requests’ time against ${formatShare(figures.typicalShare)} of the typical ones’. A scavenge costs what survives it, so it is long when many objects are alive at once.${where}${kept ? ` Here they stay: what the heap keeps grows by ${formatBytes(kept.bytesPerSecond)} a second.` : ''}`,
    suggestion: `${kept ? 'Keep less: bound caches by size, and drop references when a request ends.' : 'Allocate less at once: build big answers in parts, reuse what rarely changes, avoid intermediate arrays.'} ${nursery}`,
    file: from?.place.file ?? null,
    line: from?.place.line ?? null,
    evidence: {
      ...pauseEvidence(evidence, figures),
      ...(from ? { function: from.place.functionName, allocatorShare: rounded(from.share) } : {}),
    },
    score: scoreOf({ slow: figures.slowShare, typical: figures.typicalShare }),
    source,
  };
}

/** As set in the plan or the command line, or null. */
function semiSpaceFlag({ run }: Evidence): string | null {
  const set = run.manifest.scenario.targets.flatMap((target) =>
    target.kind === 'launch' ? [...target.runtimeArgs, target.env['NODE_OPTIONS'] ?? ''] : [],
  );
  const seen = [...set, ...run.manifest.targets.flatMap(({ commandLine }) => commandLine)];
  for (const text of seen) {
    const flag = /--(?:max|min)-semi-space-size[= ]\d+/.exec(text.replaceAll('_', '-'));
    if (flag) return flag[0];
  }
  return null;
}
