import type { DoctorRecord } from '../run/doctorRecord.ts';
import { diagnose } from './doctor.ts';
import type { DoctorPage } from './resultPage.ts';

/** An examination as the report page shows it, judged anew. */
export function doctorPage({ startedAt, examination }: Pick<DoctorRecord, 'startedAt' | 'examination'>): DoctorPage {
  const { valid, verdict, p99BudgetUs, lines, noise } = diagnose(examination);
  const { facts, figures } = examination;
  return {
    kind: 'doctor',
    title: 'This machine',
    startedAt,
    host: facts.host,
    valid,
    verdict,
    p99BudgetUs,
    lines,
    figures,
    noise,
  };
}
