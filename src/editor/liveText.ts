import * as vscode from 'vscode';
import { formatRate, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { LevelOutcome } from '../capacity/search.ts';
import type { DoctorStep } from '../load/doctor/figures.ts';
import type { LoadProgress } from '../load/result.ts';
import type { MeasurePhase } from '../run/measureEvent.ts';
import type { RunnerEvent, RunnerJob } from '../runnerMessages.ts';

/** The next step of a notification; without an increment how much is left is not known. */
interface LiveStep {
  readonly message: string;
  readonly increment?: number;
}

/** What the person reads while a job goes on. */
export class LiveText {
  private readonly title: string;
  /** A search doesn't know how many levels it takes, and a matrix' shapes last differently long. */
  private readonly hasEnd: boolean;
  private phase: MeasurePhase = 'launching';
  private figures = '';
  private shareShown = 0;
  /** The level of a search or the shape of a matrix, with what came of the one before. */
  private level = '';
  private before = '';
  /** For the status bar. */
  short: string;

  constructor(job: RunnerJob) {
    this.title = visible(titleOf(job), 40);
    this.hasEnd = job.type === 'start' || job.type === 'doctor';
    this.short = this.title;
  }

  /** null where an event is not shown. */
  take(event: RunnerEvent): LiveStep | null {
    let increment = 0;
    switch (event.type) {
      case 'phase':
        this.phase = event.phase;
        break;
      case 'progress':
        increment = this.takeProgress(event.progress);
        break;
      case 'level':
        this.level = event.isRepeat
          ? vscode.l10n.t('{0} once more', formatRate(event.ratePerSecond))
          : formatRate(event.ratePerSecond);
        this.phase = 'launching';
        this.figures = '';
        break;
      case 'cell':
        this.level = vscode.l10n.t('{0} ({1} of {2})', event.name, event.index + 1, event.count);
        this.phase = 'launching';
        this.figures = '';
        break;
      case 'levelDone':
        this.before = vscode.l10n.t(
          '{0} was {1}, p99 {2}',
          formatRate(event.ratePerSecond),
          outcomeText(event.outcome),
          formatUs(event.p99Us),
        );
        break;
      case 'doctorStep':
        return this.takeStep(event.step);
      default:
        return null;
    }
    const what = [
      ...(this.level === '' ? [] : [this.level]),
      this.figures === '' ? phaseText(this.phase) : this.figures,
    ];
    this.short = `${this.title}: ${what.join(' · ')}`;
    const told = [
      ...(this.level === '' ? [] : [this.level]),
      phaseText(this.phase),
      ...(this.figures === '' ? [] : [this.figures]),
      ...(this.before === '' ? [] : [this.before]),
    ];
    return { message: told.join(' · '), ...(this.hasEnd && { increment }) };
  }

  private takeStep(step: DoctorStep): LiveStep {
    const { text, share } = doctorSteps()[step];
    const increment = Math.max(0, share - this.shareShown) * 100;
    this.shareShown = Math.max(share, this.shareShown);
    this.short = `${this.title}: ${text}`;
    return { message: text, increment };
  }

  private takeProgress(progress: LoadProgress): number {
    this.phase = progress.phase;
    const share = Math.min(1, Math.max(progress.share, 0));
    const increment = Math.max(0, share - this.shareShown) * 100;
    this.shareShown = Math.max(share, this.shareShown);
    this.figures = [
      `${Math.round(share * 100)}%`,
      `p50 ${formatUs(progress.p50Us)}`,
      `p99 ${formatUs(progress.p99Us)}`,
      formatRate(progress.ratePerSecond),
      ...(progress.errors > 0 ? [vscode.l10n.t('{0} errors', progress.errors)] : []),
    ].join(' · ');
    return increment;
  }
}

/** What a person calls it. */
export function titleOf(job: RunnerJob): string {
  switch (job.type) {
    case 'start':
      return job.scenario;
    case 'capacity':
      return vscode.l10n.t('capacity of {0}', job.scenario);
    case 'matrix':
      return vscode.l10n.t('matrix of {0}', job.scenario);
    case 'doctor':
      return vscode.l10n.t('this machine');
  }
}

function outcomeText(outcome: LevelOutcome): string {
  switch (outcome) {
    case 'good':
      return vscode.l10n.t('good');
    case 'slo':
    case 'saturation':
      return vscode.l10n.t('too much');
    case 'generator':
      return vscode.l10n.t('not to be trusted');
  }
}

/** What each step is, and which share of the time is over when it begins. */
function doctorSteps(): Readonly<Record<DoctorStep, { readonly text: string; readonly share: number }>> {
  return {
    tcp: { text: vscode.l10n.t('TCP round trips'), share: 0 },
    udp: { text: vscode.l10n.t('UDP round trips'), share: 0.07 },
    lateness: { text: vscode.l10n.t('timers and pacing'), share: 0.14 },
    gaps: { text: vscode.l10n.t('CPU taken away'), share: 0.27 },
    pairs: { text: vscode.l10n.t('noise between identical loads'), share: 0.34 },
  };
}

function phaseText(phase: MeasurePhase): string {
  switch (phase) {
    case 'launching':
      return vscode.l10n.t('starting the targets');
    case 'connecting':
      return vscode.l10n.t('connecting');
    case 'warmup':
      return vscode.l10n.t('warming up');
    case 'measuring':
      return vscode.l10n.t('measuring');
    case 'draining':
      return vscode.l10n.t('waiting for the last answers');
    case 'collecting':
      return vscode.l10n.t('collecting the profile');
    case 'writing':
      return vscode.l10n.t('writing');
    case 'analysing':
      return vscode.l10n.t('analysing');
  }
}
