import { resolve } from 'node:path';
import type { DoctorStep, DoctorTimes } from '../load/doctor/figures.ts';
import { visible } from '../plan/visible.ts';
import { diagnose } from '../report/doctor.ts';
import { doctorJson, doctorTable } from '../report/doctorTable.ts';
import { examineMachine } from '../run/doctor.ts';
import { doctorPage } from '../report/doctorPage.ts';
import { packResult } from '../run/pack.ts';
import type { Command } from './command.ts';
import { ExitCode } from './exitCodes.ts';
import { checkHtmlFile, writePage } from './htmlFile.ts';
import { shownPath } from './places.ts';
import type { Surroundings } from './surroundings.ts';

const steps: Readonly<Record<DoctorStep, string>> = {
  tcp: 'TCP round trips',
  udp: 'UDP round trips',
  lateness: 'timers and pacing',
  gaps: 'CPU taken away',
  pairs: 'noise between identical loads',
};

export interface DoctorOptions extends Omit<Surroundings, 'env'> {
  /** For tests: shorter measurements, and the measuring process' entry. */
  readonly times?: DoctorTimes;
  readonly entry?: string;
}

/**
 * Measures the machine and says what can be measured on it.
 * @returns `invalid` if whatever would be measured now is not worth recording.
 */
export async function doctorCommand(
  { json, html }: Extract<Command, { name: 'doctor' }>,
  { terminal, cwd, ...options }: DoctorOptions,
): Promise<ExitCode> {
  const page = html === undefined ? null : resolve(cwd, html);
  if (page !== null) await checkHtmlFile(page);
  const onStep = (step: DoctorStep): void => terminal.err(terminal.paintErr.dim(`measuring ${steps[step]}\n`));
  const examination = await examineMachine({ ...options, onStep });
  const diagnosis = diagnose(examination);
  terminal.out(
    json
      ? `${JSON.stringify(doctorJson(examination, diagnosis), null, 2)}\n`
      : doctorTable(examination, diagnosis, { width: terminal.width, paint: terminal.paintOut }),
  );
  if (page !== null) {
    const result = doctorPage({ startedAt: new Date().toISOString(), examination });
    await writePage(page, result.title, packResult(result));
    terminal.err(`wrote ${visible(shownPath(page, cwd), 500)}\n`);
  }
  return diagnosis.valid ? ExitCode.good : ExitCode.invalid;
}
