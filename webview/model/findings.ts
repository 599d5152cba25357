import type { Finding } from '../../src/advice/finding.ts';

const severities = ['error', 'warning', 'info', 'hint'];

/** The findings among what was packed; entries of another shape (of a newer version, perhaps) are left out. */
export function findingsOf(values: readonly unknown[]): Finding[] {
  return values.filter(isFinding);
}

function isFinding(value: unknown): value is Finding {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Partial<Record<keyof Finding, unknown>>;
  const texts = [entry.rule, entry.title, entry.explanation, entry.suggestion, entry.source];
  return (
    texts.every((text) => typeof text === 'string') &&
    severities.includes(String(entry.severity)) &&
    (entry.file === null || typeof entry.file === 'string') &&
    (entry.line === null || typeof entry.line === 'number') &&
    typeof entry.evidence === 'object' &&
    entry.evidence !== null &&
    typeof entry.score === 'number'
  );
}
