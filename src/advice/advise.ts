import type { Evidence, Finding, Rule } from './finding.ts';
import { rounded } from './cpuFinding.ts';
import { rules } from './rules.ts';
import { majorGc } from './rules/node08MajorGc.ts';

/**
 * Why the slow requests were slow, as far as the evidence goes: all rules' findings, each cause once, errors (an invalid measurement)
 * first (then, or where nobody judged the measurement, no other is more than information), then by score: the share of the slow requests' time explained beyond the typical ones'.
 */
export function advise(evidence: Evidence): Finding[] {
  const found = rules.filter((rule) => concerns(rule, evidence)).flatMap((rule) => rule.find(evidence));
  const isInvalid = evidence.run.manifest.verdict === null || found.some(isError);
  const told = merged(found).map((finding) => (isInvalid ? doubted(finding) : finding));
  return told.sort(
    (a, b) => Number(isError(b)) - Number(isError(a)) || b.score - a.score || rank[a.severity] - rank[b.severity],
  );
}

/** What blocks Node's one thread is no fault in a program of another language. */
function concerns({ id }: Rule, { run }: Evidence): boolean {
  const { targets } = run.manifest.scenario;
  return !id.startsWith('NODE') || targets.length === 0 || targets.some(({ runtime }) => runtime === 'node');
}

const rank: Readonly<Record<Finding['severity'], number>> = { error: 0, warning: 1, info: 2, hint: 3 };

/** Where the measurement is invalid nothing but that is a warning: causes in the code may stand, the figures do not. */
function doubted(finding: Finding): Finding {
  return finding.severity === 'warning' ? { ...finding, severity: 'info' } : finding;
}

function isError({ severity }: Finding): boolean {
  return severity === 'error';
}

/** The specific rule speaks unless it has less than half of the CPU time that the general one has. */
const enough = 0.5;

/**
 * Findings about the same function are one cause: rules split the time of a function by what it did, so their shares add up. The specific
 * one stays (rules are in that order) and takes over the others' rule ids and share; hints never absorb what was measured.
 */
function merged(found: readonly Finding[]): Finding[] {
  const kept: Finding[] = [];
  for (const finding of found) {
    const at = kept.findIndex((other) => isSameCause(other, finding));
    const other = kept[at];
    if (!other) {
      kept.push(finding);
      continue;
    }
    const stays =
      isHint(other) || (!isHint(finding) && other.rule !== majorGc.id && weightOf(other) < enough * weightOf(finding))
        ? finding
        : other;
    kept[at] = absorb(stays, stays === other ? finding : other);
  }
  return kept;
}

/** Who did more of the work: steadier than the share of the tail, which is that of the few slowest requests. */
function weightOf({ evidence, score }: Finding): number {
  const share = evidence['cpuShare'];
  return typeof share === 'number' ? share : score;
}

function isHint({ severity }: Finding): boolean {
  return severity === 'hint';
}

function isSameCause(a: Finding, b: Finding): boolean {
  if (a.file === null || a.file !== b.file) return false;
  // Two hints, or two findings of one rule, were told apart by the rule itself.
  if (a.rule === b.rule) return false;
  // What is alive makes old-generation collections long, whoever happens to run: no function's own time explains that.
  const gc = [a, b].find(({ rule }) => rule === majorGc.id);
  if (gc && gc.score < (gc === a ? b : a).score) return false;
  if (a.line === b.line) return true;
  return (
    a.evidence['function'] !== undefined &&
    a.evidence['function'] === b.evidence['function'] &&
    !isHint(a) &&
    !isHint(b)
  );
}

function absorb(stays: Finding, goes: Finding): Finding {
  if (isHint(goes)) return stays;
  const also = [stays.evidence['alsoFoundBy'], `${goes.rule}: ${goes.title}`].filter((text) => text !== undefined);
  return {
    ...stays,
    evidence: { ...goes.evidence, ...stays.evidence, alsoFoundBy: also.join('; ') },
    score: rounded(Math.min(1, stays.score + goes.score)),
  };
}
